/** The driver's side of virtio, for tests and benchmarks. */
package org.jvmm.virtio.testing;
