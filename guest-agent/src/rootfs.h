// SPDX-License-Identifier: Apache-2.0
#ifndef AGENT_ROOTFS_H
#define AGENT_ROOTFS_H

// The busybox tree of the initramfs: the root of a container whose specification names none.
#define DEFAULT_ROOT "/rootfs"

#endif
