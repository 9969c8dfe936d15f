/** Interrupt lines and controllers. */
package org.jvmm.core.irq;
