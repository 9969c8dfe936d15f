package org.jvmm.cpu.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor this test runs on, as the oracle: {@code src/test/c/native_runner.c}, compiled and kept running. */
public final class NativeRunner implements AutoCloseable {
    private static final int MAX_CODE = 64;
    private static final int GPR_AT = 8 + MAX_CODE;
    private static final int FLAGS_AT = GPR_AT + 128;
    private static final int XMM_AT = FLAGS_AT + 8;
    private static final int DATA_AT = XMM_AT + 256;
    private static final int RECORD = DATA_AT + BareCpu.DATA_SIZE;

    private final Process process;
    private final OutputStream output;
    private final DataInputStream input;
    private final byte[] bytes = new byte[RECORD];
    private final ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    /** Compiles and starts the runner. */
    public NativeRunner() throws IOException, InterruptedException {
        Path source = Path.of("src/test/c/native_runner.c").toAbsolutePath();
        Path program = Files.createDirectories(Path.of("target/native").toAbsolutePath()).resolve("native_runner");
        Process compiler = new ProcessBuilder("gcc", "-O1", "-Wall", "-Wextra", "-o", program.toString(), source.toString()).inheritIO()
                .start();
        if (compiler.waitFor() != 0) {
            throw new IOException("gcc could not compile " + source);
        }
        process = new ProcessBuilder(program.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        output = process.getOutputStream();
        input = new DataInputStream(process.getInputStream());
    }

    /** Whether this host can be the oracle. */
    public static boolean available() {
        return System.getProperty("os.arch").equals("amd64") && Files.isExecutable(Path.of("/usr/bin/gcc"));
    }

    /** Sets the code. */
    public void code(byte[] code, int length) {
        record.putInt(0, length);
        record.put(8, code, 0, length);
    }

    /** Sets a general register, by encoding. */
    public void gpr(int index, long value) {
        record.putLong(GPR_AT + 8 * index, value);
    }

    /** A general register after {@link #run}. */
    public long gpr(int index) {
        return record.getLong(GPR_AT + 8 * index);
    }

    /** Sets the flags. */
    public void flags(long value) {
        record.putLong(FLAGS_AT, value);
    }

    /** The flags after {@link #run}. */
    public long flags() {
        return record.getLong(FLAGS_AT);
    }

    /** Sets one half of an XMM register. */
    public void xmm(int half, long value) {
        record.putLong(XMM_AT + 8 * half, value);
    }

    /** One half of an XMM register after {@link #run}. */
    public long xmm(int half) {
        return record.getLong(XMM_AT + 8 * half);
    }

    /** Sets the data pages. */
    public void data(byte[] data) {
        record.put(DATA_AT, data, 0, BareCpu.DATA_SIZE);
    }

    /** The data pages after {@link #run}. */
    public void readData(byte[] target) {
        record.get(DATA_AT, target, 0, BareCpu.DATA_SIZE);
    }

    /**
     * Executes.
     *
     * @return the signal that ended it, or 0
     */
    public int run() throws IOException {
        output.write(bytes);
        output.flush();
        input.readFully(bytes);
        return record.getInt(4);
    }

    @Override
    public void close() throws IOException {
        output.close();
        process.destroy();
    }
}
