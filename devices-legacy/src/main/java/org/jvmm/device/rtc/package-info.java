/** The CMOS clock. */
package org.jvmm.device.rtc;
