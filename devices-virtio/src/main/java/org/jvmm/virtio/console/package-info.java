/** The console device (virtio 1.3 §5.3): /dev/hvc0. */
package org.jvmm.virtio.console;
