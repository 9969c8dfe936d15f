/** PICs, I/O APIC and local APICs of the software engine. */
package org.jvmm.device.irqchip;
