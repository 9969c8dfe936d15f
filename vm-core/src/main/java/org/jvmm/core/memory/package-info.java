/** Guest RAM and the guest-physical map. */
package org.jvmm.core.memory;
