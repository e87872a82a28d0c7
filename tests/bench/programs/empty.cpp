// Does nothing: what loading the libraries alone costs.
int main() {}
