/** The network card and what can be behind it. */
package org.jvmm.virtio.net;
