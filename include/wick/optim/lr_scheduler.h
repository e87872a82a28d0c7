/// \file
/// All learning rate schedulers.
#pragma once

#include "wick/optim/lr_combine.h"
#include "wick/optim/lr_cycle.h"
#include "wick/optim/lr_decay.h"
#include "wick/optim/lr_scheduler_base.h"
