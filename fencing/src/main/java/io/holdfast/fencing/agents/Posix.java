package io.holdfast.fencing.agents;

import io.holdfast.fencing.FencingException;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The three calls of the operating system that Java does not offer: to kill a whole group of processes at once, and to
 * make and close a file that exists in memory only.
 *
 * <p>Why a file and not a pipe for what an agent writes: a process that goes on writing after the agent has ended makes
 * Java's own reader of a pipe read on without end. A file in memory, together with the limit on file sizes that the
 * process is given, is bounded by the kernel, needs no thread, no free disk, and nothing is left of it.
 */
final class Posix {

    private static final int SIGKILL = 9;
    private static final int CLOSE_ON_EXEC = 1;

    private final MethodHandle kill;
    private final MethodHandle memfdCreate;
    private final MethodHandle close;

    /** @throws FencingException where these calls do not exist */
    @SuppressWarnings("restricted") // the launcher and the tests allow native access
    Posix() {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        kill = linker.downcallHandle(
                found(library, "kill"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        memfdCreate = linker.downcallHandle(
                found(library, "memfd_create"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        close = linker.downcallHandle(
                found(library, "close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    private static MemorySegment found(SymbolLookup library, String name) {
        return library.find(name)
                .orElseThrow(
                        () -> new FencingException("fence agents need Linux; this system has no function " + name));
    }

    /** Kills every process of a group; does nothing if there is none. */
    void killGroup(long leader) {
        try {
            // The answer does not matter: either they are dead, or the look for those that are left finds them.
            int ignored = (int) kill.invokeExact(Math.toIntExact(-leader), SIGKILL);
        } catch (Throwable e) {
            throw new IllegalStateException("kill() cannot be called", e);
        }
    }

    /** An empty file that vanishes when it is closed. */
    MemoryFile memoryFile(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) memfdCreate.invokeExact(arena.allocateFrom(name), CLOSE_ON_EXEC);
            if (descriptor < 0) {
                throw new IOException("no file in memory: the process has too many open files");
            }
            return new MemoryFile(descriptor);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("memfd_create() cannot be called", e);
        }
    }

    /** Closed by whoever made it. */
    final class MemoryFile implements AutoCloseable {

        private final int descriptor;

        private MemoryFile(int descriptor) {
            this.descriptor = descriptor;
        }

        Path path() {
            return Path.of("/proc/self/fd/" + descriptor);
        }

        /** The beginning of what was written. */
        String text(int bytesMax) throws IOException {
            try (FileInputStream in = new FileInputStream(path().toFile())) {
                return new String(in.readNBytes(bytesMax), StandardCharsets.UTF_8);
            }
        }

        long size() {
            return path().toFile().length();
        }

        @Override
        public void close() {
            try {
                int ignored = (int) close.invokeExact(descriptor);
            } catch (Throwable e) {
                throw new IllegalStateException("close() cannot be called", e);
            }
        }
    }
}
