package io.holdfast.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file is there whole or not at all, with the owner and mode that it had, whenever its writer is killed. */
@Timeout(120)
final class WholeFileTest {

    private static final int FILES = 20;
    private static final int KILLS = 8;

    @TempDir
    private Path directory;

    @Test
    void aNewFileIsPrivateAndOverwritesNothing() throws IOException {
        Path file = directory.resolve("a");
        WholeFile.create(file, new byte[] {1});

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> WholeFile.create(file, new byte[] {2})).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasBinaryContent(new byte[] {1});
        assertThat(directory).isDirectoryNotContaining(each -> !each.equals(file));
    }

    @Test
    void aReplacedFileKeepsOwnerGroupModeAndTheLinkToIt() throws IOException {
        Path file = Files.write(directory.resolve("a"), new byte[] {1});
        boolean root = Account.own() == 0;
        if (root) {
            Files.setAttribute(file, "unix:uid", 4711);
            Files.setAttribute(file, "unix:gid", 4712);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);

        WholeFile.replace(link, new byte[] {2});

        assertThat(link).isSymbolicLink();
        assertThat(file).hasBinaryContent(new byte[] {2});
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        if (root) {
            assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(4711);
            assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(4712);
        }
        assertThat(directory)
                .isDirectoryNotContaining(each -> !Set.of(file, link).contains(each));
    }

    @Test
    void whateverTheMomentOfTheKillEveryFileIsWhole() throws Exception {
        for (int number = 0; number < FILES; number++) {
            WholeFile.create(directory.resolve("f" + number), content(0));
        }
        Random random = new Random(4711);
        for (int kill = 0; kill < KILLS; kill++) {
            Process writer = Subprocess.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader lines = writer.inputReader()) {
                for (int line = random.nextInt(60); line >= 0; line--) {
                    assertThat(lines.readLine()).isNotNull();
                }
                writer.destroyForcibly().waitFor();
            }
            for (int number = 0; number < FILES; number++) {
                byte[] found = Files.readAllBytes(directory.resolve("f" + number));
                assertThat(found).isEqualTo(content(found[0]));
            }
        }
        // The next one takes away what the killed ones left.
        for (int number = 0; number < FILES; number++) {
            WholeFile.replace(directory.resolve("f" + number), content(1));
        }
        try (Stream<Path> all = Files.list(directory)) {
            assertThat(all).hasSize(FILES);
        }
    }

    private static byte[] content(int with) {
        byte[] content = new byte[50_000];
        java.util.Arrays.fill(content, (byte) with);
        return content;
    }

    /** Writes all files over and over, and says so after each. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            for (int round = 1; ; round++) {
                for (int number = 0; number < FILES; number++) {
                    WholeFile.replace(Path.of(arguments[0]).resolve("f" + number), content(round % 100));
                    System.out.println(number);
                }
            }
        }
    }
}
