/** Clocks and timers. */
package org.jvmm.core.time;
