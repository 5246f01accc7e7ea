// SPDX-License-Identifier: Apache-2.0
/// \file
/// The result document of --json; its schema is docs/results.schema.json.
#ifndef TCESIM_SIM_REPORT_JSON_H
#define TCESIM_SIM_REPORT_JSON_H

#include "sim/results.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace tcesim {

/// Everything in it but `host`, the last key, is the same for the same scenario, seed and program.
/// \p resolved: every effective value of the scenario by variant, in base units.
nlohmann::ordered_json report_to_json(const RunReport &report, const nlohmann::ordered_json &resolved);

/// The document as text: a key or an element to a line, but a row of a table (ledger, profile, call_graph, story) to
/// one. What is not UTF-8, as names of files need not be, is replaced.
std::string document_text(const nlohmann::ordered_json &document);

/// Writes and flushes. 0, or an errno.
int write_stdout(const std::string &text);

/// A file that holds all of its new text or none of it. It is opened before the run, so that a
/// path which cannot be written is known then.
class DocumentFile {
public:
    DocumentFile() = default;
    DocumentFile(const DocumentFile &) = delete;
    DocumentFile &operator=(const DocumentFile &) = delete;
    /// Leaves what was at the path if write() was not called or failed.
    ~DocumentFile();

    /// 0, or an errno.
    int open(const std::string &path);
    /// Once, after open(). 0, or an errno.
    int write(const std::string &text);

private:
    std::FILE *file_ = nullptr;
    std::string path_, temporary_;
    bool replaces_ = true;
};

} // namespace tcesim

#endif
