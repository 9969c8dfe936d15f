/* exit-loop pio|mmio BATCH: a guest that repeats one access for ever; each byte on standard input runs BATCH exits and is answered by one byte. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int call(const char *what, int result)
{
	if (result < 0)
		fail(what);
	return result;
}

int main(int argc, char **argv)
{
	static const unsigned char port[] = { 0xE6, 0x10, 0xEB, 0xFC };
	static const unsigned char memory[] = { 0xA3, 0, 0, 0, 0xD0, 0xEB, 0xF9 };
	volatile unsigned long sink = 0;

	if (argc != 3)
		return 2;
	int pio = !strcmp(argv[1], "pio");
	long batch = atol(argv[2]);
	int kvm = call("open", open("/dev/kvm", O_RDWR | O_CLOEXEC));
	int vm = call("KVM_CREATE_VM", ioctl(kvm, KVM_CREATE_VM, 0));
	unsigned char *ram = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memcpy(ram + 0x1000, pio ? port : memory, pio ? sizeof(port) : sizeof(memory));
	struct kvm_userspace_memory_region slot = { .memory_size = 65536, .userspace_addr = (unsigned long)ram };
	call("KVM_SET_TSS_ADDR", ioctl(vm, KVM_SET_TSS_ADDR, 0xFFFBD000));
	call("KVM_CREATE_IRQCHIP", ioctl(vm, KVM_CREATE_IRQCHIP, 0));
	call("KVM_SET_USER_MEMORY_REGION", ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot));
	int cpu = call("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, 0));
	struct kvm_run *run = mmap(0, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	struct kvm_sregs s;
	call("KVM_GET_SREGS", ioctl(cpu, KVM_GET_SREGS, &s));
	struct kvm_segment flat = { .limit = ~0u, .selector = 16, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1 };
	s.ds = s.es = s.fs = s.gs = s.ss = flat;
	flat.selector = 8;
	flat.type = 11;
	s.cs = flat;
	s.cr0 = 0x11;
	call("KVM_SET_SREGS", ioctl(cpu, KVM_SET_SREGS, &s));
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	call("KVM_SET_REGS", ioctl(cpu, KVM_SET_REGS, &regs));

	char byte;
	while (read(0, &byte, 1) == 1) {
		for (long i = 0; i < batch; i++) {
			call("KVM_RUN", ioctl(cpu, KVM_RUN, 0));
			if (run->exit_reason == KVM_EXIT_IO)
				sink += *((unsigned char *)run + run->io.data_offset);
			else if (run->exit_reason == KVM_EXIT_MMIO)
				sink += *(unsigned int *)run->mmio.data;
			else
				return 3;
		}
		if (write(1, &byte, 1) != 1)
			break;
	}
	return 0;
}
