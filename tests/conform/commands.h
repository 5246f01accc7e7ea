// SPDX-License-Identifier: Apache-2.0
/// The commands of a recording, except the guest's requests, as calls of hcall/.
#ifndef TESTS_CONFORM_COMMANDS_H
#define TESTS_CONFORM_COMMANDS_H

#include "tests/conform/machine.h"
#include "tests/conform/recording.h"

namespace tcesim::conform {

/// What a command answered: the fields of its record besides the state fields.
struct Answer {
    Json fields = Json::object();
    /// Not empty: nothing was called, for this reason; the recorded command changes nothing.
    std::string left_out;
    bool unsupported = false;
    /// A failure on demand gave the code that stands in fields, not the recorded one.
    bool injected = false;
};

class Commands {
public:
    explicit Commands(Machine *machine) : machine_(*machine) {}

    Answer run(const Json &op);

private:
    Answer set_up(const std::string &command, const Json &op);
    Answer region(const std::string &command, const Json &op);
    Answer hardware(const std::string &command, const Json &op);
    Answer table(const std::string &command, const Json &op);
    Answer create_view(const Json &op);
    Answer attach(const Json &op);
    Answer container(const std::string &command, const Json &op);
    Answer create_window(vfio_container *container, const Json &op);
    Answer bare_ioctl(vfio_container *container, const Json &op);
    Answer attach_group(vfio_container *container, const Json &op);

    Machine &machine_;
    bool no_descriptor_ = false; // the next file descriptor fails
    bool no_window_ = false;     // the next programming of a window fails
};

} // namespace tcesim::conform

#endif
