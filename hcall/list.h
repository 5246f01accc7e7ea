/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - circular intrusive lists.
 *
 * A struct list is both head and node; an empty head points to itself.
 */
#ifndef HCALL_LIST_H
#define HCALL_LIST_H

#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define list_entry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

#define list_for_each(pos, head, type, member)                                                                         \
	for (type *pos = list_entry((head)->next, type, member); &(pos)->member != (head);                             \
	     pos = list_entry((pos)->member.next, type, member))

/* As list_for_each(), and @pos may be unlinked or freed in the body. */
#define list_for_each_safe(pos, after, head, type, member)                                                             \
	for (type *pos = list_entry((head)->next, type, member), *after = list_entry(pos->member.next, type, member);  \
	     &(pos)->member != (head); pos = after, after = list_entry(after->member.next, type, member))

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline int list_empty(const struct list *head)
{
	return head->next == head;
}

/* list_add - put @node first. */
static inline void list_add(struct list *node, struct list *head)
{
	node->next = head->next;
	node->prev = head;
	head->next->prev = node;
	head->next = node;
}

/* list_add_tail - put @node last. */
static inline void list_add_tail(struct list *node, struct list *head)
{
	list_add(node, head->prev);
}

static inline void list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
}

#endif
