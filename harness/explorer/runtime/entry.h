/*
 * Entries that note the registers which calls keep before they go on in C: what may be
 * a look of a waiting loop needs the thread's whole state (spin.h).
 */
#ifndef HZX_ENTRY_H
#define HZX_ENTRY_H

#define HZX_ENTRY(name, target)                                                                    \
    __asm__(".text\n.globl " name "\n.type " name ",@function\n" name ":\n"                        \
            "  movq %rbx,hzx_registers(%rip)\n"                                                    \
            "  movq %rbp,hzx_registers+8(%rip)\n"                                                  \
            "  movq %r12,hzx_registers+16(%rip)\n"                                                 \
            "  movq %r13,hzx_registers+24(%rip)\n"                                                 \
            "  movq %r14,hzx_registers+32(%rip)\n"                                                 \
            "  movq %r15,hzx_registers+40(%rip)\n"                                                 \
            "  leaq 8(%rsp),%r11\n"                                                                \
            "  movq %r11,hzx_registers+48(%rip)\n"                                                 \
            "  jmp " target "\n.size " name ",.-" name "\n");

#define HZX_PC ((uintptr_t)__builtin_return_address(0))

#endif
