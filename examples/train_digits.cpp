// Learns to read handwritten digits: 1797 images of 8x8 pixels, a fifth of them held out. One line
// an epoch; --resume goes on where a run was stopped, and gets exactly what it would have got.
#include <unistd.h>
#include <wick/wick.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "plot_svg.h"
namespace nn = wick::nn;
namespace optim = wick::optim;
namespace data = wick::data;
namespace F = wick::nn::functional;
using wick::Tensor;
using Digits = data::TensorDataset<2>;  // images and what they show
using Loader = data::DataLoader<data::Subset<Digits>>;

struct Arguments {
  std::string data = "examples/data/digits.csv";
  std::string checkpoint, model, plot, log;
  int64_t epochs = 30;
  uint64_t seed = 0;
  bool resume = false;
};

/// What the curves are drawn from.
struct History {
  std::vector<double> epoch, loss, accuracy;
};

Digits load_digits(const std::string& path) {
  const Tensor table = data::read_csv(path);  // 64 pixels from 0 to 16, and the digit
  return Digits(table(wick::all, wick::slice(0, 64)) / 16, table(wick::all, 64).to(wick::int64));
}

double accuracy(nn::Module& model, const Loader& loader) {
  const wick::NoGradGuard no_grad;
  model.eval();
  int64_t right = 0, count = 0;
  for (const auto& [images, digits] : loader) {
    right += (model(images).argmax(1) == digits).sum().item<int64_t>();
    count += digits.numel();
  }
  return static_cast<double>(right) / static_cast<double>(count);
}

/// "[#####.....]", on a terminal only.
void draw_bar(int64_t done, int64_t total) {
  static const bool terminal = isatty(STDOUT_FILENO) != 0;
  if (!terminal) return;
  constexpr int64_t width = 20;
  const auto filled = static_cast<size_t>(done * width / total);
  fmt::print("\r[{}{}] {}/{} ", std::string(filled, '#'), std::string(width - filled, '.'), done,
             total);
  if (done == total) fmt::print("\r{:40}\r", "");
  std::fflush(stdout);
}

double train_epoch(nn::Module& model, optim::Optimizer& optimizer, const Loader& loader) {
  model.train();
  double total = 0;
  int64_t done = 0;
  for (const auto& [images, digits] : loader) {
    optimizer.zero_grad();
    const Tensor loss = F::cross_entropy(model(images), digits, {.label_smoothing = 0.1});
    loss.backward();
    optimizer.step();
    total += loss.item<double>();
    draw_bar(++done, loader.size());
  }
  return total / static_cast<double>(done);
}

void append_line(const std::string& path, const std::string& line) {
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (!file) throw wick::FileError(path + ": cannot be written");
  fmt::print(file, "{}\n", line);
  std::fclose(file);
}

void draw_curves(const History& history, const std::string& file) {
  plot::Figure figure{
      .title = "Handwritten digits", .x_label = "epoch", .y_label = "loss, accuracy"};
  const Tensor epoch = wick::tensor(history.epoch);
  figure.add("loss", epoch, wick::tensor(history.loss));
  figure.add("accuracy", epoch, wick::tensor(history.accuracy));
  figure.save(file);
}

void run(const Arguments& arguments) {
  wick::manual_seed(arguments.seed);
  const auto [train, test] = data::random_split(load_digits(arguments.data), {0.8, 0.2});
  const Loader train_loader{train, {.batch_size = 32, .shuffle = true}};
  const Loader test_loader{test, {.batch_size = 256}};

  nn::Sequential model{nn::Linear(64, 256),  nn::GELU(), nn::Dropout(0.3),
                       nn::Linear(256, 256), nn::GELU(), nn::Dropout(0.3),
                       nn::Linear(256, 10)};
  optim::AdamW optimizer(model.parameters(), {.lr = 3e-3, .weight_decay = 0.05});
  optim::CosineAnnealingLR scheduler(optimizer, {.T_max = arguments.epochs});
  wick::Checkpoint checkpoint(model, optimizer, scheduler);
  int64_t epoch = arguments.resume ? checkpoint.load(arguments.checkpoint) : 0;

  History history;
  const auto start = std::chrono::steady_clock::now();
  while (epoch < arguments.epochs) {
    const double loss = train_epoch(model, optimizer, train_loader);
    const double right = accuracy(model, test_loader);
    scheduler.step();
    ++epoch;
    fmt::print("epoch {:2}  loss {:.4f}  accuracy {:.2f} %\n", epoch, loss, 100 * right);
    std::fflush(stdout);
    history.epoch.push_back(static_cast<double>(epoch));
    history.loss.push_back(loss);
    history.accuracy.push_back(right);
    if (!arguments.log.empty())
      append_line(arguments.log, fmt::format("{},{},{}", epoch, loss, right));
    if (!arguments.checkpoint.empty()) checkpoint.save(arguments.checkpoint, epoch);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{:.2f} % of {} held-out images in {:.1f} s\n", 100 * accuracy(model, test_loader),
             test.size(), seconds.count());
  if (!arguments.model.empty()) nn::save(model.eval(), arguments.model);
  if (!arguments.plot.empty()) draw_curves(history, arguments.plot);
}

int main(int argc, char** argv) try {
  CLI::App app{"Trains a small network on the UCI handwritten digits."};
  Arguments a;
  app.add_option("--data", a.data, "The images, as CSV")->capture_default_str();
  app.add_option("--epochs", a.epochs, "How often to go through the images")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", a.seed, "Of the random numbers")->capture_default_str();
  auto* file = app.add_option("--checkpoint", a.checkpoint, "Save the run here after each epoch");
  app.add_flag("--resume", a.resume, "Go on from the checkpoint")->needs(file);
  app.add_option("--save", a.model, "Save the model here, as JSON with its weights beside it");
  app.add_option("--log", a.log, "Append epoch, loss and accuracy of each epoch to this CSV file");
  app.add_option("--plot", a.plot, "Draw loss and accuracy into this SVG file");
  CLI11_PARSE(app, argc, argv);
  run(a);
} catch (const wick::Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
