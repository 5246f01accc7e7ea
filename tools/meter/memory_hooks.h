// SPDX-License-Identifier: Apache-2.0
/// \file
/// Calls of meter_load(), meter_store(), meter_atomic() and meter_fence() before the accesses of a
/// function, and meter_calling set before its calls of the port. Part of the compiler plugin; plugin.cc includes GCC's headers first.
#ifndef TCESIM_METER_MEMORY_HOOKS_H
#define TCESIM_METER_MEMORY_HOOKS_H

#include <cstring>
#include <functional>
#include <utility>

namespace meter {

/// Declares an external function that the optimizers take for free of memory effects, so that
/// calling it does not disturb the code around it.
inline tree declare_hook(const char *name, tree type) {
    tree decl = build_fn_decl(name, type);
    DECL_IS_NOVOPS(decl) = 1;
    TREE_NOTHROW(decl) = 1;
    return decl;
}

/// Numbers the accesses of a unit: new_access(statement) enters one and yields the address that stands for it.
using NewAccess = std::function<tree(gimple *statement)>;

/// Inserts the hooks of one function.
class MemoryHooks {
public:
    /// \p calling: the variable that tells the port which access a call of it is.
    MemoryHooks(function *function, tree calling, NewAccess new_access)
        : function_(function), calling_(calling), new_access_(std::move(new_access)) {}

    /// Inserts what \p at needs before it.
    void instrument(gimple_stmt_iterator *at) {
        gimple *statement = gsi_stmt(*at);
        if (gimple_clobber_p(statement))
            return;
        if (gcall *call = dyn_cast<gcall *>(statement))
            instrument_call(at, call);
        else if (gimple_assign_single_p(statement))
            instrument_assignment(at, statement);
    }

private:
    enum class Access { none, load, store, read_modify_write, fence };

    struct Builtin {
        Access access;
        int memory_order; // argument that holds it, -1: always ordered
    };

    void instrument_assignment(gimple_stmt_iterator *at, gimple *statement) {
        if (gimple_vuse(statement) != NULL_TREE && gimple_assign_load_p(statement))
            hook_reference(at, "meter_load", gimple_assign_rhs1(statement));
        if (gimple_vdef(statement) != NULL_TREE)
            hook_reference(at, "meter_store", gimple_assign_lhs(statement));
    }

    void instrument_call(gimple_stmt_iterator *at, gcall *call) {
        if (calls_port(call))
            gsi_insert_before(at, gimple_build_assign(calling_, new_access_(call)), GSI_SAME_STMT);
        const Builtin builtin = classify(call);
        switch (builtin.access) {
        case Access::load:
            hook_address(at, "meter_load", gimple_call_arg(call, 0));
            break;
        case Access::store:
            hook_address(at, "meter_store", gimple_call_arg(call, 0));
            break;
        case Access::read_modify_write:
            hook_address(at, "meter_atomic", gimple_call_arg(call, 0));
            break;
        case Access::none:
        case Access::fence:
            break;
        }
        if (builtin.access != Access::none && ordered(call, builtin.memory_order))
            hook_fence(at);
        if (gimple_call_lhs(call) != NULL_TREE && gimple_vdef(call) != NULL_TREE)
            hook_reference(at, "meter_store", gimple_call_lhs(call));
    }

    static bool calls_port(gcall *call) {
        tree callee = gimple_call_fndecl(call);
        return callee != NULL_TREE && std::strncmp(IDENTIFIER_POINTER(DECL_NAME(callee)), "port_", 5) == 0;
    }

    static Builtin classify(gcall *call) {
        if (gimple_call_internal_p(call))
            return classify_internal(gimple_call_internal_fn(call));
        tree decl = gimple_call_fndecl(call);
        if (decl == NULL_TREE || !fndecl_built_in_p(decl, BUILT_IN_NORMAL))
            return {Access::none, -1};
        const char *name = IDENTIFIER_POINTER(DECL_NAME(decl));
        const int last = static_cast<int>(gimple_call_num_args(call)) - 1;
        if (DECL_FUNCTION_CODE(decl) == BUILT_IN_ATOMIC_THREAD_FENCE)
            return {Access::fence, 0};
        if (DECL_FUNCTION_CODE(decl) == BUILT_IN_SYNC_SYNCHRONIZE)
            return {Access::fence, -1};
        if (std::strncmp(name, "__sync_lock_release_", 20) == 0)
            return {Access::store, -1};
        if (std::strncmp(name, "__sync_", 7) == 0)
            return {Access::read_modify_write, -1};
        if (std::strncmp(name, "__atomic_load_", 14) == 0)
            return {Access::load, last};
        if (std::strncmp(name, "__atomic_store_", 15) == 0 || std::strcmp(name, "__atomic_clear") == 0)
            return {Access::store, last};
        if (std::strncmp(name, "__atomic_compare_exchange_", 26) == 0)
            return {Access::read_modify_write, last - 1};
        if (std::strncmp(name, "__atomic_", 9) == 0 && POINTER_TYPE_P(TREE_TYPE(gimple_call_arg(call, 0))) &&
            gimple_vdef(call) != NULL_TREE && DECL_FUNCTION_CODE(decl) != BUILT_IN_ATOMIC_SIGNAL_FENCE)
            return {Access::read_modify_write, last};
        return {Access::none, -1};
    }

    // Forms into which the native compiler folds a read-modify-write and the use of its result.
    static Builtin classify_internal(internal_fn fn) {
        switch (fn) {
        case IFN_ATOMIC_BIT_TEST_AND_SET:
        case IFN_ATOMIC_BIT_TEST_AND_COMPLEMENT:
        case IFN_ATOMIC_BIT_TEST_AND_RESET:
#if GCCPLUGIN_VERSION_MAJOR >= 12
        case IFN_ATOMIC_ADD_FETCH_CMP_0:
        case IFN_ATOMIC_SUB_FETCH_CMP_0:
        case IFN_ATOMIC_AND_FETCH_CMP_0:
        case IFN_ATOMIC_OR_FETCH_CMP_0:
        case IFN_ATOMIC_XOR_FETCH_CMP_0:
#endif
            return {Access::read_modify_write, 3};
        case IFN_ATOMIC_COMPARE_EXCHANGE:
            return {Access::read_modify_write, 4};
        default:
            return {Access::none, -1};
        }
    }

    static bool ordered(gcall *call, int memory_order) {
        if (memory_order < 0 || memory_order >= static_cast<int>(gimple_call_num_args(call)))
            return true;
        tree order = gimple_call_arg(call, memory_order);
        return !tree_fits_uhwi_p(order) || memmodel_base(tree_to_uhwi(order)) != MEMMODEL_RELAXED;
    }

    void hook_reference(gimple_stmt_iterator *at, const char *hook, tree reference) {
        while (handled_component_p(reference) && !addressable_component(reference))
            reference = TREE_OPERAND(reference, 0);
        tree base = get_base_address(reference);
        if (base == NULL_TREE || is_gimple_reg(reference) || CONSTANT_CLASS_P(base) || own_object(base))
            return;
        tree address = build_fold_addr_expr(unshare_expr(reference));
        address = force_gimple_operand_gsi(at, fold_convert(const_ptr_type_node, address), true, NULL_TREE, true,
                                           GSI_SAME_STMT);
        hook_address(at, hook, address);
    }

    // Bit-fields and parts of registers have no address; what contains them has.
    static bool addressable_component(tree reference) {
        if (TREE_CODE(reference) == COMPONENT_REF)
            return !DECL_BIT_FIELD(TREE_OPERAND(reference, 1));
        return TREE_CODE(reference) == ARRAY_REF;
    }

    bool own_object(tree base) const {
        return DECL_P(base) && (auto_var_in_fn_p(base, function_->decl) || TREE_CODE(base) == RESULT_DECL);
    }

    void hook_address(gimple_stmt_iterator *at, const char *hook, tree address) {
        tree type = build_function_type_list(void_type_node, const_ptr_type_node, const_ptr_type_node, NULL_TREE);
        gsi_insert_before(at, gimple_build_call(declare_hook(hook, type), 2, address, new_access_(gsi_stmt(*at))),
                          GSI_SAME_STMT);
    }

    void hook_fence(gimple_stmt_iterator *at) {
        tree type = build_function_type_list(void_type_node, const_ptr_type_node, NULL_TREE);
        gsi_insert_before(at, gimple_build_call(declare_hook("meter_fence", type), 1, new_access_(gsi_stmt(*at))),
                          GSI_SAME_STMT);
    }

    function *function_;
    tree calling_;
    NewAccess new_access_;
};

} // namespace meter

#endif
