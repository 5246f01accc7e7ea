// SPDX-License-Identifier: Apache-2.0
/// \file
/// The commands of a recording, except the guest's requests, as calls of the handlers.
#ifndef TCESIM_SIM_CONFORM_COMMANDS_H
#define TCESIM_SIM_CONFORM_COMMANDS_H

#include "sim/conform/machine.h"
#include "sim/conform/recording.h"

namespace tcesim::conform {

class Commands {
public:
    explicit Commands(Machine *machine) : machine_(*machine), calls_(machine->calls) {}

    /// What a command answered: the fields of its record besides the state fields.
    /// \throws HostStops, NoSuchThing
    Json run(const Json &op);

private:
    Json memory(const std::string &command, const Json &op);
    Json on_demand(const std::string &command, const Json &op);
    Json region(const std::string &command, const Json &op);
    Json create_table(const Json &op);
    Json table(const std::string &command, const Json &op);
    Json page_sizes(const Json &op);
    Json own_groups(const std::string &command, const Json &op);
    Json create_view(const Json &op);
    int descriptor_for(const Json &op) const;
    Json attach(const Json &op);
    Json view(const std::string &command, const Json &op);
    Json container(const std::string &command, const Json &op);
    Json call(const Json &op, u32 command, void *argument);
    Json create_window(const Json &op);
    Json remove_window(const Json &op);
    Json describe_windows(const Json &op);
    Json bare_ioctl(const Json &op);

    Machine &machine_;
    const struct hcall_surface &calls_;
    bool no_descriptor_ = false;     // the next file descriptor fails
    std::map<int, int> other_files_; // descriptors of the recording -> ours
};

} // namespace tcesim::conform

#endif
