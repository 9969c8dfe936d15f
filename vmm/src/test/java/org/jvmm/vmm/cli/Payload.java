package org.jvmm.vmm.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Guests of a few bytes, entered in long mode at {@link #ENTRY} with COM1 at port 0x3F8. */
enum Payload {
    /** {@code ud2}, without an interrupt descriptor table worth the name. */
    TRIPLE_FAULT(0x0F, 0x0B),
    /** {@code mov al,0xFE; out 0x64,al; hlt}: the keyboard controller's reset line. */
    RESET(0xB0, 0xFE, 0xE6, 0x64, 0xF4),
    /** {@code cli; hlt; jmp}. */
    SLEEP(0xFA, 0xF4, 0xEB, 0xFC),
    /** {@code jmp $}. */
    SPIN(0xEB, 0xFE),
    /** {@code mov dx,0x3F8; again: mov al,'y'; out dx,al; mov al,10; out dx,al; jmp again}. */
    YES(0x66, 0xBA, 0xF8, 0x03, 0xB0, 'y', 0xEE, 0xB0, '\n', 0xEE, 0xEB, 0xF8);

    static final long ENTRY = 0x10_0000;

    private final byte[] code;

    Payload(int... bytes) {
        code = bytes(bytes);
    }

    private static byte[] bytes(int... values) {
        byte[] result = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (byte) values[i];
        }
        return result;
    }

    /** The image in a file of its own. */
    Path write(Path folder) throws IOException {
        return write(folder.resolve(name()), code);
    }

    /** A guest that prints a text and halts: {@code lea rsi,[text]; mov dx,0x3F8; next: lodsb; test al,al; jz end; out dx,al; jmp next; end: hlt; jmp end}. */
    static Path printer(Path folder, String text) throws IOException {
        byte[] code = bytes(0x48, 0x8D, 0x35, 0x0F, 0, 0, 0, 0x66, 0xBA, 0xF8, 0x03, 0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8, 0xF4,
                0xEB,
                0xFD);
        byte[] letters = text.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer all = ByteBuffer.allocate(code.length + letters.length + 1).put(code).put(letters);
        return write(folder.resolve("printer"), all.array());
    }

    private static Path write(Path path, byte[] code) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(0x1000 + code.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] { 0x7F, 'E', 'L', 'F', 2, 1, 1 }).position(16);
        file.putShort((short) 2).putShort((short) 62).putInt(1).putLong(ENTRY).putLong(64).putLong(0).putInt(0);
        file.putShort((short) 64).putShort((short) 56).putShort((short) 1);
        file.position(64);
        file.putInt(1).putInt(5).putLong(0x1000).putLong(ENTRY).putLong(ENTRY).putLong(code.length).putLong(code.length).putLong(0x1000);
        file.position(0x1000);
        file.put(code);
        return Files.write(path, file.array());
    }
}
