package io.holdfast.identity;

import io.holdfast.identity.core.RoleRule;
import io.holdfast.identity.crypto.Passwords;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is there at the first start: the domain {@code Default}, the project {@code admin}, the roles, and the first user.
 *
 * <p>What if we die here: the password is in its file before the user is in the database, so at the next start it is taken from there. Of
 * several controllers that start at once one makes the user; a password that another has made up is the password of nobody, and goes.
 */
public final class Bootstrap {

    private static final Logger log = LoggerFactory.getLogger(Bootstrap.class);

    private static final String PROJECT = "admin";
    private static final int PASSWORD_BYTES_MAX = 1024;

    /** Makes all of it unless there is a domain already. */
    @FunctionalInterface
    public interface First {

        /** @return whether it was made now */
        boolean make(Domain domain, String project, String user, List<String> roles, String passwordHash);
    }

    private final First first;
    private final Directory directory;
    private final Passwords passwords;
    private final SecretReader secrets;

    public Bootstrap(First first, Directory directory, Passwords passwords, SecretReader secrets) {
        this.first = first;
        this.directory = directory;
        this.passwords = passwords;
        this.secrets = secrets;
    }

    /**
     * @param made where a password that nobody has chosen is written
     * @throws io.holdfast.secrets.SecretException when the file that the settings name cannot be read
     * @throws UncheckedIOException when the password cannot be written
     */
    public void run(IdentitySettings.Bootstrap settings, Path made) {
        if (directory.domain(Domain.DEFAULT).isPresent()) {
            return;
        }
        SecretFile chosen = settings.passwordFile();
        boolean fresh = false;
        SecretFile file;
        if (chosen == null) {
            fresh = written(made);
            file = SecretFile.of(made);
        } else {
            file = chosen;
        }
        String password = secrets.read("identity.bootstrap.password-file", file, PASSWORD_BYTES_MAX);
        boolean ours = first.make(
                new Domain(Domain.DEFAULT, "Default", "The default domain", true, List.of(), Map.of(), Map.of()),
                PROJECT,
                settings.user(),
                RoleRule.KNOWN,
                passwords.hash(password));
        if (ours) {
            log.info("identity: made the user {} of the project admin; its password is in {}", settings.user(), file);
        } else if (fresh) {
            remove(made);
        }
    }

    private boolean written(Path made) {
        try {
            WholeFile.create(
                    made, secrets.atRest(made, (passwords.drawn() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the administrator's first password to " + made, e);
        }
    }

    private static void remove(Path made) {
        try {
            Files.delete(made);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove a password that is nobody's, " + made, e);
        }
    }
}
