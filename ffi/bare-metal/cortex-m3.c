/* The board of qemu's lm3s6965evb: vectors, memory, and an end by semihosting. */
#include <stdint.h>

int program(void);
extern uint32_t stack_top[], data_from[], data_begin[], data_end[], bss_begin[], bss_end[];

/* SYS_EXIT_EXTENDED with ADP_Stopped_ApplicationExit and the exit code. */
static void end(uint32_t code) {
  volatile uint32_t block[2] = {0x20026, code};
  register uint32_t operation __asm__("r0") = 0x20;
  register volatile uint32_t *parameters __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(parameters) : "memory");
  for (;;) {}
}

void reset(void) {
  const uint32_t *from = data_from;
  for (uint32_t *to = data_begin; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_begin; to < bss_end;) *to++ = 0;
  end(program() == 0 ? 0 : 1);
}

static void fault(void) { end(2); }

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    stack_top, (void *)reset, (void *)fault, (void *)fault, (void *)fault, (void *)fault, (void *)fault};
