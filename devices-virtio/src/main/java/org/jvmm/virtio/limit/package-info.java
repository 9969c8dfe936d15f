/** Rate limiters by token buckets, for block, network and entropy. */
package org.jvmm.virtio.limit;
