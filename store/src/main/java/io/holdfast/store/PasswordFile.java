package io.holdfast.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;

/** Reads a password, and refuses one that is no secret. */
final class PasswordFile {

    private PasswordFile() {}

    static String read(Path file) {
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                throw new StoreRefused(
                        "everybody on this machine may read the password file " + file + "; run: chmod o= " + file,
                        null);
            }
            String text = Files.readString(file);
            int end = text.indexOf('\n');
            String password = (end < 0 ? text : text.substring(0, end)).strip();
            if (password.isEmpty()) {
                throw new StoreRefused("the password file " + file + " has an empty first line", null);
            }
            return password;
        } catch (NoSuchFileException e) {
            throw new StoreRefused("the password file " + file + " does not exist", e);
        } catch (IOException e) {
            throw Failures.ofFile("cannot read the password file " + file, e);
        }
    }
}
