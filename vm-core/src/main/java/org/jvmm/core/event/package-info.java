/** The devices' event loop. */
package org.jvmm.core.event;
