/** The keyboard controller. */
package org.jvmm.device.i8042;
