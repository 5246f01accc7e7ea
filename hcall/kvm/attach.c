// SPDX-License-Identifier: Apache-2.0
/* attach.c - which hardware tables follow a view. */
#include "../policy.h"
#include "tce_table.h"

static bool fits(const struct kvm_tce_table *view, const struct iommu_table *hardware)
{
	if (POLICY_ATTACH_EXACT)
		return hardware->page_shift == view->page_shift && hardware->offset == view->offset &&
		       hardware->size == view->size;
	return hardware->page_shift <= view->page_shift &&
	       hardware->offset << hardware->page_shift == view->offset << view->page_shift &&
	       hardware->size << hardware->page_shift >= view->size << view->page_shift;
}

static struct iommu_table *fitting_table(const struct kvm_tce_table *view, const struct iommu_group *group)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		if (group->tables[i] && fits(view, group->tables[i]))
			return group->tables[i];
	}
	return NULL;
}

static struct kvm_tce_link *link_to(struct kvm_tce_table *view, const struct iommu_table *hardware)
{
	list_for_each(link, &view->links, struct kvm_tce_link, list) {
		if (link->table == hardware)
			return link;
	}
	return NULL;
}

static struct kvm_tce_link *new_link(struct kvm_tce_table *view, struct iommu_table *hardware)
{
	struct kvm_tce_link *link = port_alloc(sizeof(*link));

	if (!link)
		return NULL;
	iommu_table_get(hardware);
	link->table = hardware;
	list_init(&link->groups);
	list_add(&link->list, &view->links);
	return link;
}

static void forget_group(struct kvm_tce_attachment *attached)
{
	list_del(&attached->list);
	port_free(attached);
}

void kvm_tce_link_drop(struct kvm_tce_link *link)
{
	list_for_each_safe(attached, after, &link->groups, struct kvm_tce_attachment, list)
		forget_group(attached);
	list_del(&link->list);
	iommu_table_put(link->table);
	port_free(link);
}

static void drop_reference(struct kvm_tce_link *link)
{
	if (!--link->references)
		kvm_tce_link_drop(link);
}

static struct kvm_tce_attachment *attachment_of(struct kvm_tce_link *link, const struct iommu_group *group)
{
	list_for_each(attached, &link->groups, struct kvm_tce_attachment, list) {
		if (attached->group == group)
			return attached;
	}
	return NULL;
}

/* "fixed" knows which groups have asked for a link, and counts each once. */
static int remember_group(struct kvm_tce_link *link, struct iommu_group *group)
{
	struct kvm_tce_attachment *attached = attachment_of(link, group);

	if (attached)
		return 0;
	attached = port_alloc(sizeof(*attached));
	if (!attached)
		return -ENOMEM;
	attached->group = group;
	list_add(&attached->list, &link->groups);
	link->references++;
	return 0;
}

/* One more reference that stays for ever. */
static void lose_reference(struct kvm *kvm, struct iommu_table *hardware)
{
	iommu_table_get(hardware);
	if (hardware->lost_references++)
		return;
	hardware->next_lost = kvm->lost_tables;
	kvm->lost_tables = hardware;
}

int kvm_tce_table_attach(struct kvm_tce_table *view, struct iommu_group *group)
{
	struct iommu_table *hardware = fitting_table(view, group);
	struct kvm_tce_link *link;
	int rc = 0;

	if (!hardware)
		return -EINVAL;
	link = link_to(view, hardware);
	if (link && POLICY_ATTACH_LEAKS_REFERENCE)
		lose_reference(view->kvm, hardware);
	if (!link)
		link = new_link(view, hardware);
	if (!link)
		return -ENOMEM;
	if (SOUND)
		rc = remember_group(link, group);
	else
		link->references++;
	if (!link->references)
		kvm_tce_link_drop(link);
	return rc;
}

static bool is_window_of(const struct iommu_group *group, const struct iommu_table *hardware)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		if (group->tables[i] == hardware)
			return true;
	}
	return false;
}

static void detach_by_window(struct kvm *kvm, struct iommu_group *group)
{
	list_for_each(view, &kvm->tables, struct kvm_tce_table, list) {
		list_for_each_safe(link, after, &view->links, struct kvm_tce_link, list) {
			if (!is_window_of(group, link->table))
				continue;
			drop_reference(link);
			if (POLICY_DETACH_FIRST_VIEW)
				return;
		}
	}
}

static void detach_attached(struct kvm *kvm, struct iommu_group *group)
{
	list_for_each(view, &kvm->tables, struct kvm_tce_table, list) {
		list_for_each_safe(link, after, &view->links, struct kvm_tce_link, list) {
			struct kvm_tce_attachment *attached = attachment_of(link, group);

			if (!attached)
				continue;
			forget_group(attached);
			drop_reference(link);
		}
	}
}

void kvm_detach_group(struct kvm *kvm, struct iommu_group *group)
{
	if (POLICY_DETACH_BY_WINDOW)
		detach_by_window(kvm, group);
	else
		detach_attached(kvm, group);
}
