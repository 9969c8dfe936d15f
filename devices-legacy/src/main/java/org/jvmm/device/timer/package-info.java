/** The 8254 interval timer. */
package org.jvmm.device.timer;
