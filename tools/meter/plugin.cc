// SPDX-License-Identifier: Apache-2.0
/// \file
/// GCC plugin (11 and 12) that numbers the blocks of a translation unit and the ways between them (ways.h), the
/// same in the native compiler and in the powerpc64le one.
///
/// Right after the last pass that sees the same blocks on every target (sancov: inlining is done,
/// loop and target passes are to come) each block gets a call that only carries its number, but for
/// blocks that only return: a number would keep the compiler from ending in the jump of a tail call.
/// Just before expansion the call turns into
///   mode=count  ++meter_count_UNIT[number], and hooks before memory accesses and port calls;
///   mode=mark   a no-op, and its address and the number in section .sites. Without an instruction of its own
///               a mark before a label could not be told from one behind it: jumps to the label pass the one only.
/// With mode=count the ways whose counts do not follow from others get a block and a counter as well.
/// Both modes write a map; a difference of its blocks or ways means that the numbers do not agree.
///
/// Arguments: mode=count|mark, map=FILE to write, root=DIRECTORY that file names are relative to,
/// unit=NAME of the unit in the symbols meter_count_NAME, meter_hit_NAME and meter_access_NAME (mode=count).
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "gcc-plugin.h"
#include "plugin-version.h"

#include "tree.h"

#include "gimple.h"
#include "stringpool.h"

#include "attribs.h"
#include "basic-block.h"
#include "cfganal.h"
#include "cfghooks.h"
#include "context.h"
#include "diagnostic-core.h"
#include "fold-const.h"
#include "gimple-expr.h"
#include "gimple-iterator.h"
#include "gimplify-me.h"
#include "gimplify.h"
#include "internal-fn.h"
#include "memmodel.h"
#include "output.h"
#include "ssa.h"
#include "tree-cfg.h"
#include "tree-dfa.h"
#include "tree-into-ssa.h"
#include "tree-pass.h"
#include "tree-ssa-operands.h"
#include "tree-ssanames.h"
#include "value-range.h"

#include "memory_hooks.h"
#include "site_map.h"
#include "ways.h"

int plugin_is_GPL_compatible;

// Trees that live as long as the compiler; known to its garbage collector.
static tree count_counter; // uint32_t meter_count_UNIT[]
static tree hit_flag;      // uint8_t meter_hit_UNIT[]
static tree access_array;  // uint8_t meter_access_UNIT[]
static tree calling;       // const uint8_t *meter_calling

namespace {

const ggc_root_tab roots[] = {{&count_counter, 1, sizeof(count_counter), &gt_ggc_mx_tree_node, &gt_pch_nx_tree_node},
                              {&hit_flag, 1, sizeof(hit_flag), &gt_ggc_mx_tree_node, &gt_pch_nx_tree_node},
                              {&access_array, 1, sizeof(access_array), &gt_ggc_mx_tree_node, &gt_pch_nx_tree_node},
                              {&calling, 1, sizeof(calling), &gt_ggc_mx_tree_node, &gt_pch_nx_tree_node},
                              LAST_GGC_ROOT_TAB};

constexpr internal_fn carrier = IFN_TSAN_FUNC_EXIT; // calls of it carry the numbers

enum class Mode { count, mark };

struct Settings {
    Mode mode = Mode::count;
    std::string map;
    std::string root;
    std::string unit;
};

Settings settings;
meter::SiteMap site_map;
unsigned sites;
unsigned accesses;
std::map<unsigned, unsigned> functions; // number within the unit by DECL_UID

tree external_variable(const std::string &name, tree type, symbol_visibility visibility) {
    tree decl = build_decl(UNKNOWN_LOCATION, VAR_DECL, get_identifier(name.c_str()), type);
    TREE_PUBLIC(decl) = 1;
    DECL_EXTERNAL(decl) = 1;
    TREE_USED(decl) = 1;
    TREE_ADDRESSABLE(decl) = 1;
    DECL_VISIBILITY(decl) = visibility;
    DECL_VISIBILITY_SPECIFIED(decl) = 1;
    return decl;
}

tree external_array(const char *prefix, tree element) {
    constexpr unsigned more_than_enough = 1U << 24;
    return external_variable(prefix + settings.unit, build_array_type_nelts(element, more_than_enough),
                             VISIBILITY_HIDDEN);
}

tree element(tree array, unsigned index) {
    return build4(ARRAY_REF, TREE_TYPE(TREE_TYPE(array)), array, build_int_cst(integer_type_node, index), NULL_TREE,
                  NULL_TREE);
}

void declare_symbols() {
    count_counter = external_array("meter_count_", uint32_type_node);
    hit_flag = external_array("meter_hit_", unsigned_char_type_node);
    access_array = external_array("meter_access_", unsigned_char_type_node);
    calling = external_variable("meter_calling", build_pointer_type(unsigned_char_type_node), VISIBILITY_DEFAULT);
}

const pass_data number_data = {
    GIMPLE_PASS, "meter_number", OPTGROUP_NONE, TV_NONE, PROP_cfg | PROP_ssa, 0, 0, 0, TODO_update_ssa_only_virtuals};

/// Gives every block of a function its number, and every way that is to be counted.
class NumberBlocks : public gimple_opt_pass {
public:
    explicit NumberBlocks(gcc::context *context) : gimple_opt_pass(number_data, context) {}

    unsigned execute(function *function) override {
        if (count_counter == NULL_TREE)
            declare_symbols();
        const meter::BlockSites blocks = number_blocks(function);
        if (blocks.empty())
            return 0;
        functions.emplace(DECL_UID(function->decl), functions.size());
        number_ways(meter::Ways(function, blocks));
        return 0;
    }

private:
    static meter::BlockSites number_blocks(function *function) {
        meter::BlockSites numbers;
        basic_block block;
        FOR_EACH_BB_FN(block, function) {
            gimple_stmt_iterator first = gsi_start_nondebug_after_labels_bb(block);
            if (gsi_end_p(first) || gimple_code(gsi_stmt(first)) == GIMPLE_RETURN)
                continue;
            site_map.add_block(sites, function, first);
            gsi_insert_before(&first, carry(sites), GSI_SAME_STMT);
            numbers[block] = sites++;
        }
        return numbers;
    }

    static void number_ways(const meter::Ways &ways) {
        for (const meter::Way &way : ways) {
            site_map.add_way(way, sites);
            if (way.counted)
                count(way, sites++);
        }
    }

    static void count(const meter::Way &way, unsigned site) {
        for (edge edge : way.edges) {
            if (edge->flags & EDGE_ABNORMAL) {
                error_at(DECL_SOURCE_LOCATION(cfun->decl),
                         "the meter cannot count the ways of a jump to a computed label; those of a %<switch%> it can");
                return;
            }
            if (settings.mode == Mode::mark)
                continue;
            gimple_stmt_iterator at = gsi_start_bb(split_edge(edge));
            gsi_insert_before(&at, carry(site), GSI_NEW_STMT);
        }
    }

    // Thread sanitizing is off, so that nobody else has or knows such a call. Like none of a function's it is free
    // for those who weigh whether a loop may be unrolled, and touches no memory; but it is neither dropped nor moved.
    static gimple *carry(unsigned site) {
        return gimple_build_call_internal(carrier, 1, build_int_cst(unsigned_type_node, site));
    }
};

const pass_data place_data = {
    GIMPLE_PASS, "meter_place", OPTGROUP_NONE, TV_NONE, PROP_cfg | PROP_ssa, 0, 0, 0, TODO_update_ssa_only_virtuals};

/// Turns the numbers into counters or marks.
class PlaceSites : public gimple_opt_pass {
public:
    explicit PlaceSites(gcc::context *context) : gimple_opt_pass(place_data, context) {}

    unsigned execute(function *function) override {
        const auto found = functions.find(DECL_UID(function->decl));
        if (found == functions.end())
            return 0;
        index_ = found->second;
        meter::MemoryHooks hooks(function, calling, [function](gimple *statement) {
            site_map.add_access(accesses, function, statement);
            return build_fold_addr_expr(element(access_array, accesses++));
        });
        basic_block block;
        FOR_EACH_BB_FN(block, function)
            place(block, &hooks);
        if (settings.mode == Mode::count)
            gsi_insert_on_edge_immediate(single_succ_edge(ENTRY_BLOCK_PTR_FOR_FN(function)), raise_flag(index_));
        return 0;
    }

private:
    void place(basic_block block, meter::MemoryHooks *hooks) {
        for (gimple_stmt_iterator at = gsi_start_bb(block); !gsi_end_p(at);) {
            gimple *statement = gsi_stmt(at);
            if (gimple_call_internal_p(statement, carrier)) {
                const auto site = static_cast<unsigned>(tree_to_uhwi(gimple_call_arg(statement, 0)));
                if (settings.mode == Mode::count)
                    increment(&at, site);
                else
                    mark(&at, site);
                gsi_remove(&at, true);
                continue;
            }
            if (settings.mode == Mode::count)
                hooks->instrument(&at);
            if (settings.mode == Mode::count && comes_back_from_outside(statement))
                gsi_insert_after(&at, raise_flag(index_), GSI_NEW_STMT);
            gsi_next(&at);
        }
    }

    static void increment(gimple_stmt_iterator *at, unsigned site) {
        tree before = make_ssa_name(uint32_type_node);
        tree after = make_ssa_name(uint32_type_node);
        gsi_insert_before(at, gimple_build_assign(before, element(count_counter, site)), GSI_SAME_STMT);
        gsi_insert_before(at, gimple_build_assign(after, PLUS_EXPR, before, build_int_cst(uint32_type_node, 1)),
                          GSI_SAME_STMT);
        gsi_insert_before(at, gimple_build_assign(element(count_counter, site), after), GSI_SAME_STMT);
    }

    static void mark(gimple_stmt_iterator *at, unsigned site) {
        char *text = xasprintf("99:\tnop; .pushsection .sites; .quad 99b, %u; .popsection", site);
        gasm *statement = gimple_build_asm_vec(ggc_strdup(text), nullptr, nullptr, nullptr, nullptr);
        free(text);
        gimple_asm_set_volatile(statement, true);
        gsi_insert_before(at, statement, GSI_SAME_STMT);
    }

    // Whoever was called may have folded all counters and lowered all flags. After a tail call nothing
    // of this function runs.
    static bool comes_back_from_outside(gimple *statement) {
        gcall *call = dyn_cast<gcall *>(statement);
        return call != nullptr && gimple_vdef(call) != NULL_TREE && !gimple_call_internal_p(call) &&
               !gimple_call_builtin_p(call) && !gimple_call_tail_p(call) && !stmt_ends_bb_p(call);
    }

    static gimple *raise_flag(unsigned index) {
        return gimple_build_assign(element(hit_flag, index), build_int_cst(unsigned_char_type_node, 1));
    }

    unsigned index_ = 0; // of the function at hand
};

// The linker joins the arrays of all units, in the order in which it is given them.
void define_array(const char *prefix, const char *section, unsigned bytes, unsigned alignment) {
    const std::string symbol = prefix + settings.unit;
    fprintf(asm_out_file, "\t.pushsection %s,\"aw\",%%nobits\n\t.balign %u\n", section, alignment);
    fprintf(asm_out_file, "\t.globl %s\n\t.hidden %s\n\t.type %s, %%object\n\t.size %s, %u\n%s:\n", symbol.c_str(),
            symbol.c_str(), symbol.c_str(), symbol.c_str(), bytes, symbol.c_str());
    if (bytes != 0)
        fprintf(asm_out_file, "\t.zero %u\n", bytes);
    fprintf(asm_out_file, "\t.popsection\n");
}

void finish_unit(void *, void *) {
    if (settings.mode == Mode::count) {
        define_array("meter_count_", "meter_count", sites * 4, 4);
        define_array("meter_hit_", "meter_hit", static_cast<unsigned>(functions.size()), 1);
        define_array("meter_access_", "meter_access", accesses, 1);
    }
    site_map.close();
}

bool read_arguments(const plugin_name_args *plugin) {
    for (int i = 0; i < plugin->argc; i++) {
        const std::string key = plugin->argv[i].key;
        const std::string value = plugin->argv[i].value != nullptr ? plugin->argv[i].value : "";
        if (key == "mode" && (value == "count" || value == "mark"))
            settings.mode = value == "count" ? Mode::count : Mode::mark;
        else if (key == "map")
            settings.map = value;
        else if (key == "root")
            settings.root = value;
        else if (key == "unit")
            settings.unit = value;
        else
            return false;
    }
    return !settings.map.empty() && !settings.root.empty() && (settings.mode == Mode::mark || !settings.unit.empty());
}

void add_pass(const plugin_name_args *plugin, opt_pass *pass, const char *after) {
    register_pass_info info = {pass, after, 1, PASS_POS_INSERT_AFTER};
    register_callback(plugin->base_name, PLUGIN_PASS_MANAGER_SETUP, nullptr, &info);
}

} // namespace

int plugin_init(plugin_name_args *plugin, plugin_gcc_version *version) {
    if (!plugin_default_version_check(version, &gcc_version)) {
        error("the meter plugin was built for GCC %s", gcc_version.basever);
        return 1;
    }
    if (!read_arguments(plugin)) {
        error("meter plugin: needs mode=count or mark, map, root and, to count, unit");
        return 1;
    }
    if (!site_map.open(settings.map.c_str(), settings.root.c_str())) {
        error("meter plugin: cannot write %s", settings.map.c_str());
        return 1;
    }
    add_pass(plugin, new NumberBlocks(g), "sancov");
    add_pass(plugin, new PlaceSites(g), "optimized");
    register_callback(plugin->base_name, PLUGIN_REGISTER_GGC_ROOTS, nullptr, const_cast<ggc_root_tab *>(roots));
    register_callback(plugin->base_name, PLUGIN_FINISH_UNIT, finish_unit, nullptr);
    return 0;
}
