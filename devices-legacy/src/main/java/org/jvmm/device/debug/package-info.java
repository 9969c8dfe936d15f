/** Boot-time marks. */
package org.jvmm.device.debug;
