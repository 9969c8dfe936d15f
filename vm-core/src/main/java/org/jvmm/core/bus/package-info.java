/** Address spaces of devices. */
package org.jvmm.core.bus;
