/*
 * QEMU plugin (API version 1): counts the guest instructions run in each translation block until the first one in
 * user space, and writes them to the file named by the argument out=FILE, one line per block:
 *   low 32 bits of the kernel virtual address, instructions, and 1 for an iteration of a REP string instruction.
 *
 * QEMU counts each REP iteration as an instruction; a CPU that moves the whole block at once does not, so they are
 * kept apart. The header qemu-plugin.h is not packaged, hence the declarations.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int operation, void *counter, uint64_t addend);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);

int qemu_plugin_version = 1;

enum { ADD = 0, BUCKETS = 1 << 16 };
#define KERNEL_BASE 0xffffffff80000000ull
#define KERNEL_LOAD 0x1000000ull
#define INIT_START 0x400000ull /* where a static program is linked */
#define INIT_END 0x480000ull

struct block {
    uint64_t address, instructions, runs;
    int rep;
    struct block *next;
};

static struct block *blocks[BUCKETS];
static const char *out_file;
static int written;

/* A block may be translated again: its counter goes on. */
static struct block *find_block(uint64_t address, uint64_t instructions) {
    struct block **bucket = &blocks[(address * 0x9E3779B97F4A7C15ull) >> 48], *b;
    for (b = *bucket; b; b = b->next) {
        if (b->address == address && b->instructions == instructions) return b;
    }
    b = calloc(1, sizeof *b);
    b->address = address;
    b->instructions = instructions;
    b->next = *bucket;
    return *bucket = b;
}

/* QEMU gives each iteration but the first a block of its own. */
static int is_rep(const unsigned char *code, size_t instructions) {
    unsigned opcode;
    if (instructions != 1 || (code[0] != 0xf3 && code[0] != 0xf2)) return 0;
    opcode = (code[1] & 0xf0) == 0x40 ? code[2] : code[1];
    return opcode >= 0xa4 && opcode <= 0xaf;
}

/* Kernel code by its link address, also while it still runs at its load address; anything else is firmware. */
static int in_kernel(uint64_t *address) {
    if (*address >= KERNEL_BASE) return 1;
    if (*address < KERNEL_LOAD || *address >= 8 * KERNEL_LOAD) return 0;
    *address += KERNEL_BASE;
    return 1;
}

static void write_counts(void) {
    FILE *f = fopen(out_file, "w");
    if (!f) return;
    for (int i = 0; i < BUCKETS; i++) {
        for (struct block *b = blocks[i]; b; b = b->next) {
            uint64_t address = b->address;
            if (!b->runs || !in_kernel(&address)) continue;
            fprintf(f, "%08x count %llu %d\n", (uint32_t) address, (unsigned long long) (b->runs * b->instructions), b->rep);
        }
    }
    fclose(f);
    written = 1;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb) {
    uint64_t address = qemu_plugin_tb_vaddr(tb);
    size_t instructions = qemu_plugin_tb_n_insns(tb);
    struct block *b;
    (void) id;
    if (!written && address >= INIT_START && address < INIT_END) write_counts();
    b = find_block(address, instructions);
    b->rep = is_rep(qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, 0)), instructions);
    qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD, &b->runs, 1);
}

/* The guest never came to user space: what it did until then says where it hangs. */
static void on_quit(plugin_id id, void *data) {
    (void) id;
    (void) data;
    if (!written) write_counts();
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void) info;
    if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) return -1;
    out_file = strdup(argv[0] + 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_quit, 0);
    return 0;
}
