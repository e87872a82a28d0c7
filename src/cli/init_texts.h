// The model files that `wick init` writes. They show every part of a model file once, in the words
// of somebody who explains it.
#pragma once

#include <array>
#include <string_view>

namespace wick::cli {

struct StartingPoint {
  std::string_view name;
  std::string_view description;
  std::string_view text;
};

inline constexpr std::string_view transformer_ffn_text = R"({
  "$comment": [
    "The feed-forward block of a Transformer. JSON has no comments: every object of a model file",
    "may have a $comment instead, a text or a list of them. Take out what you have read.",
    "",
    "wick check FILE    says what is wrong with the file, each mistake with line and column",
    "wick summary FILE  shows the layers with their shapes and sizes",
    "wick layers        lists the layers that there are; wick layers GELU shows the options of one",
    "",
    "input: the shape that the model takes, a number for a size that is fixed and a name for one",
    "  that is free. With it, wick follows the shapes through the model when the file is loaded.",
    "weights: to add some, save them in Python with torch.save(model.state_dict(), 'ffn.pt'), or as",
    "  .safetensors or .npz, and write \"weights\": \"ffn.pt\" below \"input\". The path starts at the",
    "  folder of this file. Without weights the parameters are random, as in PyTorch.",
    "tests: what the model has to compute. Save an input and the output of PyTorch with numpy.save",
    "  and write \"tests\": [{\"input\": \"x.npy\", \"output\": \"y.npy\", \"atol\": 1e-5}] below \"model\".",
    "  Whoever loads the file with its weights compares; wick check says by how much it is off.",
    "metadata: anything you like, \"metadata\": {\"author\": \"me\"}. wick keeps it and does not read it."
  ],
  "version": 1,
  "input": ["batch", "positions", 512],
  "model": {
    "$comment": [
      "A Sequential runs its layers one after the other. In weight files a layer goes by its name,",
      "as in PyTorch: linear1.weight, linear1.bias. A layer without a name goes by its index."
    ],
    "type": "Sequential",
    "layers": [
      {
        "$comment": "512 features in, 2048 out; in_features is the last size of what comes in.",
        "name": "linear1",
        "type": "Linear",
        "in_features": 512,
        "out_features": 2048
      },
      {
        "$comment": "The exact GELU; \"tanh\" is the approximation. Without it: PyTorch's default.",
        "name": "activation",
        "type": "GELU",
        "approximate": "none"
      },
      {
        "$comment": "Zeroes a tenth of the elements while training, and none in eval mode.",
        "name": "dropout",
        "type": "Dropout",
        "p": 0.1
      },
      {
        "$comment": "Back to 512 features.",
        "name": "linear2",
        "type": "Linear",
        "in_features": 2048,
        "out_features": 512
      }
    ]
  }
}
)";

inline constexpr std::string_view mlp_text = R"({
  "$comment": [
    "A classifier of pictures with 28 x 28 points in ten classes. JSON has no comments: every object",
    "of a model file may have a $comment instead. Take out what you have read.",
    "",
    "wick check FILE    says what is wrong with the file, each mistake with line and column",
    "wick summary FILE  shows the layers with their shapes and sizes",
    "wick layers        lists the layers that there are; wick layers Linear shows the options of one",
    "",
    "input: the shape that the model takes; \"batch\" is the name of a size that is free.",
    "weights: to add some, save them in Python with torch.save(model.state_dict(), 'mlp.pt'), or as",
    "  .safetensors or .npz, and write \"weights\": \"mlp.pt\" below \"input\". The path starts at the",
    "  folder of this file. Without weights the parameters are random, as in PyTorch.",
    "tests: save an input and the output of PyTorch with numpy.save and write",
    "  \"tests\": [{\"input\": \"x.npy\", \"output\": \"y.npy\"}] below \"model\"; wick check compares."
  ],
  "version": 1,
  "input": ["batch", 1, 28, 28],
  "model": {
    "$comment": [
      "A Sequential runs its layers one after the other. In weight files a layer goes by its name,",
      "as in PyTorch: hidden1.weight, hidden1.bias. A layer without a name goes by its index."
    ],
    "type": "Sequential",
    "layers": [
      {
        "$comment": "Makes one row of each picture: 1 * 28 * 28 = 784 numbers. It goes by the name 0.",
        "type": "Flatten"
      },
      {"name": "hidden1", "type": "Linear", "in_features": 784, "out_features": 256},
      {"type": "ReLU"},
      {
        "$comment": "Zeroes a fifth of the elements while training, and none in eval mode.",
        "type": "Dropout",
        "p": 0.2
      },
      {"name": "hidden2", "type": "Linear", "in_features": 256, "out_features": 128},
      {"type": "ReLU"},
      {
        "$comment": "Ten scores, one for each class.",
        "name": "classes",
        "type": "Linear",
        "in_features": 128,
        "out_features": 10
      },
      {
        "$comment": "Makes probabilities of them. PyTorch's losses want the scores: train without it.",
        "type": "Softmax",
        "dim": -1
      }
    ]
  }
}
)";

inline constexpr std::string_view residual_text = R"({
  "$comment": [
    "Six feed-forward blocks, each with a normalisation before it and a bypass around it. JSON has",
    "no comments: every object of a model file may have a $comment instead.",
    "Take out what you have read.",
    "",
    "wick check FILE    says what is wrong with the file, each mistake with line and column",
    "wick summary FILE  shows the layers with their shapes and sizes",
    "wick graph FILE    draws them, for Graphviz",
    "wick layers        lists the layers that there are; wick layers Repeat shows the options of one",
    "",
    "input: the shape that the model takes; a name stands for a size that is free.",
    "weights: to add some, save them in Python with torch.save(model.state_dict(), 'stack.pt'), or as",
    "  .safetensors or .npz, and write \"weights\": \"stack.pt\" below \"input\". wick check lists all",
    "  names that do not fit, and wick convert --rename-prefix renames them.",
    "tests: save an input and the output of PyTorch with numpy.save and write",
    "  \"tests\": [{\"input\": \"x.npy\", \"output\": \"y.npy\"}] below \"model\"; wick check compares."
  ],
  "version": 1,
  "input": ["batch", "positions", 256],
  "model": {
    "$comment": "A Sequential runs its layers one after the other.",
    "type": "Sequential",
    "layers": [
      {
        "$comment": [
          "The layer below, six times, each time with weights of its own. In weight files they are",
          "called blocks.0.layer.norm.weight, blocks.1.layer.norm.weight, and so on."
        ],
        "name": "blocks",
        "type": "Repeat",
        "times": 6,
        "layer": {
          "$comment": "x + layer(x). The layer inside must give back the shape that it takes.",
          "type": "Residual",
          "layer": {
            "type": "Sequential",
            "layers": [
              {
                "$comment": "Mean 0 and variance 1 over the last dimension; then weight and bias.",
                "name": "norm",
                "type": "LayerNorm",
                "normalized_shape": 256
              },
              {
                "$comment": "Linear, activation, Dropout, Linear: 256 -> 1024 -> 256 features.",
                "name": "ffn",
                "type": "FeedForward",
                "d_model": 256,
                "dim_feedforward": 1024,
                "dropout": 0.1,
                "activation": "gelu"
              }
            ]
          }
        }
      },
      {"name": "norm", "type": "LayerNorm", "normalized_shape": 256}
    ]
  }
}
)";

inline constexpr std::array<StartingPoint, 3> starting_points{{
    {"transformer-ffn", "the feed-forward block of a Transformer", transformer_ffn_text},
    {"mlp", "a classifier of small pictures", mlp_text},
    {"residual", "a stack of feed-forward blocks with bypasses", residual_text},
}};

}  // namespace wick::cli
