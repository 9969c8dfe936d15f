package org.jvmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.device.RecordingLine;

/** Register names and bits: PC16550D data sheet, table II. */
class Serial16550Test {
    private static final int RBR = 0;
    private static final int THR = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;
    private static final int THRE = 0x60;

    private final RecordingLine irq = new RecordingLine();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final Serial16550 uart = new Serial16550(irq, sent::write);

    private int read(int register) {
        return (int) uart.read(register, 1);
    }

    private void write(int register, int value) {
        uart.write(register, 1, value);
    }

    private void receive(int... bytes) {
        byte[] data = new byte[bytes.length + 2];
        for (int i = 0; i < bytes.length; i++) {
            data[i + 1] = (byte) bytes[i];
        }
        uart.receive(data, 1, bytes.length);
    }

    @Test
    void transmitsAtOnceAndAlwaysHasRoom() {
        write(THR, 'a');
        write(THR, 0xFF);
        assertThat(sent.toByteArray()).containsExactly('a', 0xFF);
        assertThat(read(LSR)).isEqualTo(THRE);
    }

    @Test
    void receivesInOrderBinarySafe() {
        receive(0, 'x', 0xFF);
        assertThat(read(LSR)).isEqualTo(THRE | 1);
        assertThat(read(RBR)).isZero();
        assertThat(read(RBR)).isEqualTo('x');
        assertThat(read(LSR) & 1).isOne();
        assertThat(read(RBR)).isEqualTo(0xFF);
        assertThat(read(LSR) & 1).isZero();
        assertThat(read(RBR)).isZero();
    }

    @Test
    void receivedDataInterruptLastsUntilTheLastByteIsRead() {
        receive('a', 'b');
        assertThat(irq.isHigh()).isFalse();
        write(IER, 1);
        assertThat(irq.isHigh()).isTrue();
        assertThat(read(IIR)).isEqualTo(4);
        read(RBR);
        assertThat(irq.isHigh()).isTrue();
        read(RBR);
        assertThat(irq.isHigh()).isFalse();
        assertThat(read(IIR)).isEqualTo(1);
        receive('c');
        assertThat(irq.isHigh()).isTrue();
        write(IER, 0);
        assertThat(irq.isHigh()).isFalse();
        assertThat(read(IIR)).isEqualTo(1);
    }

    @Test
    void transmitterEmptyInterruptIsTakenBackByReadingItsIdentification() {
        write(IER, 2);
        assertThat(irq.isHigh()).isTrue();
        assertThat(read(IIR)).isEqualTo(2);
        assertThat(irq.isHigh()).isFalse();
        assertThat(read(IIR)).isEqualTo(1);
        irq.takeEdges();
        write(THR, 'a');
        assertThat(irq.takeEdges()).isOne();
        assertThat(read(IIR)).isEqualTo(2);
        write(IER, 2);
        assertThat(irq.isHigh()).as("enabling what is enabled raises nothing").isFalse();
        write(IER, 0);
        write(IER, 2);
        assertThat(irq.isHigh()).as("enabling anew does").isTrue();
    }

    @Test
    void receivedDataGoesBeforeTransmitterEmpty() {
        write(IER, 3);
        receive('a');
        assertThat(read(IIR)).isEqualTo(4);
        read(RBR);
        assertThat(irq.isHigh()).isTrue();
        assertThat(read(IIR)).isEqualTo(2);
        assertThat(irq.isHigh()).isFalse();
    }

    @Test
    void fifosShowInTheIdentificationAndAreCleared() {
        assertThat(read(IIR)).isEqualTo(1);
        write(FCR, 1);
        assertThat(read(IIR)).isEqualTo(0xC1);
        write(IER, 1);
        receive('a', 'b', 'c');
        write(FCR, 3);
        assertThat(read(LSR) & 1).isZero();
        assertThat(irq.isHigh()).isFalse();
        receive('d');
        assertThat(read(RBR)).isEqualTo('d');
        write(FCR, 0);
        assertThat(read(IIR)).isEqualTo(1);
    }

    @Test
    void moreInputThanTheQueueHoldsIsLost() {
        uart.receive(new byte[70_000], 0, 70_000);
        receive('x');
        int count = 0;
        while ((read(LSR) & 1) != 0) {
            assertThat(read(RBR)).isZero();
            count++;
        }
        assertThat(count).isEqualTo(65_536);
    }

    @Test
    void loopback() {
        write(MCR, 0x10);
        write(THR, 'q');
        assertThat(sent.size()).isZero();
        assertThat(read(RBR)).isEqualTo('q');
        // Outputs RTS, DTR, OUT1, OUT2 appear as CTS, DSR, RI, DCD.
        int[][] pairs = { { 1, 0x20 }, { 2, 0x10 }, { 4, 0x40 }, { 8, 0x80 } };
        for (int[] pair : pairs) {
            write(MCR, 0x10 | pair[0]);
            assertThat(read(MSR)).isEqualTo(pair[1]);
        }
        write(MCR, 0);
        assertThat(read(MSR)).isEqualTo(0xB0);
        write(THR, 'r');
        assertThat(sent.toByteArray()).containsExactly('r');
    }

    @Test
    void loopbackTestOfLinux() {
        // drivers/tty/serial/8250/8250_port.c, autoconfig(): MCR = LOOP | OUT2 | RTS must give MSR & 0xF0 = DCD | CTS.
        write(MCR, 0x1A);
        assertThat(read(MSR) & 0xF0).isEqualTo(0x90);
    }

    @Test
    void divisorLatchHidesDataAndInterruptEnable() {
        write(IER, 5);
        write(LCR, 0x83);
        write(THR, 0x34);
        write(IER, 0x12);
        assertThat(sent.size()).isZero();
        assertThat(read(RBR)).isEqualTo(0x34);
        assertThat(read(IER)).isEqualTo(0x12);
        write(LCR, 3);
        assertThat(read(LCR)).isEqualTo(3);
        assertThat(read(IER)).isEqualTo(5);
        write(LCR, 0x83);
        assertThat(read(RBR) | read(IER) << 8).isEqualTo(0x1234);
    }

    @Test
    void bitsThatDoNotExistReadAsZero() {
        write(IER, 0xFF);
        assertThat(read(IER)).isEqualTo(0x0F);
        write(MCR, 0xFF);
        assertThat(read(MCR)).isEqualTo(0x1F);
        write(SCR, 0xA5);
        assertThat(read(SCR)).isEqualTo(0xA5);
        write(LSR, 0);
        write(MSR, 0);
        assertThat(read(LSR) & THRE).isEqualTo(THRE);
    }

    @Test
    void wideAccessesAreTakenByteByByte() {
        uart.write(SCR, 4, 0xDDCC_BB77L);
        assertThat(uart.read(SCR, 4)).isEqualTo(0x77);
        uart.write(THR, 2, 0x0241);
        assertThat(sent.toByteArray()).containsExactly('A');
        assertThat(read(IER)).isEqualTo(2);
        receive('z');
        assertThat(uart.read(0, 8) & 0xFF).isEqualTo('z');
    }

    @Test
    void anyAccessesLeaveThePortAnswering() {
        Random random = new Random(16550);
        for (int i = 0; i < 300_000; i++) {
            int size = 1 << random.nextInt(4);
            switch (random.nextInt(3)) {
                case 0 -> uart.write(random.nextInt(9 - size), size, random.nextLong());
                case 1 -> assertThat(size == 8 ? 0 : uart.read(random.nextInt(9 - size), size) >>> 8 * size).isZero();
                default -> receive(random.nextInt(256));
            }
            if (i % 1000 == 0) {
                sent.reset();
            }
        }
        write(LCR, 3);
        write(MCR, 8);
        write(IER, 0);
        write(FCR, 7);
        sent.reset();
        write(THR, '!');
        assertThat(sent.toByteArray()).containsExactly('!');
        assertThat(irq.isHigh()).isFalse();
        write(IER, 1);
        receive('?');
        assertThat(irq.isHigh()).isTrue();
        assertThat(read(RBR)).isEqualTo('?');
        assertThat(irq.isHigh()).isFalse();
    }
}
