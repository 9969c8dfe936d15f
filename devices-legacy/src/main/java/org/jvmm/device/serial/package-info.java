/** The 16550A UART. */
package org.jvmm.device.serial;
