/** The host's system calls as an interface, so that devices can use files, sockets and mappings without knowing what binds them. */
package org.jvmm.core.host;
