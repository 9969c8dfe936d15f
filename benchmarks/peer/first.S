/* SPDX-License-Identifier: Apache-2.0
 * A guest of five instructions, entered by PVH (Xen's HVM direct boot ABI) in 32-bit mode: says "!" on COM1 and halts. */
    .section .note.Xen, "a", @note
    .long 4, 4, 18              /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long start
    .text
    .code32
    .globl start
start:
    mov $0x3f8, %dx
    mov $'!', %al
    out %al, %dx
halt:
    hlt
    jmp halt
