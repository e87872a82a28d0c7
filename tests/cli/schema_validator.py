"""The JSON Schemas in examples/configs, as a validator that is not wick's reads them.

They are schemas of draft 2020-12, take every good model file, and refuse the bad ones, but for those
whose mistakes a schema cannot see.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "examples" / "configs"
MODELS = ROOT / "tests" / "golden" / "models"
SKIPPED = 77

# Not JSON, a key that is there twice, names that are taken: nothing that a schema is asked about.
BEYOND_A_SCHEMA = {"names", "repeated_key", "repeat_reports_once"}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def main():
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("skipped: this python has no jsonschema of version 4 or newer")
        return SKIPPED
    wrong = []
    validators = {}
    for path in sorted(CONFIGS.glob("*.schema.json")):
        schema = load(path)
        Draft202012Validator.check_schema(schema)
        validators[path.name] = Draft202012Validator(schema)
    checked = 0
    for path in sorted(CONFIGS.glob("*.json")):
        if path.name in validators:
            continue
        config = load(path)
        checked += 1
        if config.get("$schema") not in validators:
            wrong.append(f"{path.name}: names no schema that is beside it")
            continue
        for error in validators[config["$schema"]].iter_errors(config):
            wrong.append(f"{path.name}: {error.json_path}: {error.message}")
    validator = validators["wick-model.schema.json"]
    for path in sorted((MODELS / "valid").glob("*.json")):
        checked += 1
        for error in validator.iter_errors(load(path)):
            wrong.append(f"valid/{path.name}: {error.json_path}: {error.message}")
    for path in sorted((MODELS / "invalid").glob("*.json")):
        if path.stem in BEYOND_A_SCHEMA:
            continue
        try:
            model = load(path)
        except ValueError:
            continue  # no JSON
        checked += 1
        if validator.is_valid(model):
            wrong.append(f"invalid/{path.name}: the schema takes it")
    for line in wrong:
        print(line)
    print(f"{checked} model files checked")
    return 1 if wrong else 0


sys.exit(main())
