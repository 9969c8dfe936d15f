/** The KVM engine on this host: exits, requests, kicks, machines; beside a C program in the same run. */
package org.jvmm.bench.kvm;
