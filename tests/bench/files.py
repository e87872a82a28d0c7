"""The arrays that all workers share, as files that are made once."""
import hashlib


class Files:
    def __init__(self, folder, maker):
        self.folder = folder
        self.maker = maker  # the worker that makes arrays
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, words):
        """The file with what `words` describe."""
        path = self.folder / (hashlib.sha256(words.encode()).hexdigest()[:16] + ".npy")
        if not path.exists():
            part = path.with_suffix(".part")
            self.maker.ask("make", part, words)
            part.rename(path)
        return path

    def output(self, name):
        return self.folder / f"output-{name}.npy"
