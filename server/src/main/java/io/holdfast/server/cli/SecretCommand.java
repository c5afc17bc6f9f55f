package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.KeySources;
import io.holdfast.secrets.Keyring;
import io.holdfast.secrets.MasterKey;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.secrets.WholeFile;
import io.holdfast.server.settings.NamedSecrets;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast secret}: encrypts the files that hold secrets, on the machine where they are. */
@Command(
        name = "secret",
        mixinStandardHelpOptions = true,
        description = {
            "Secrets at rest: master keys, and the files that are encrypted with them.",
            "",
            "Keys come from --key-file, then from the settings' secrets.key-files, then from HOLDFAST_SECRET_KEY_FILE and"
                    + " HOLDFAST_SECRET_KEYS. The first encrypts, all decrypt.",
            "Run it as the account whose files they are."
        })
public final class SecretCommand {

    private final Terminal terminal;
    private final SecretInput input;
    private final Map<String, Configured> processes;

    /**
     * A settings file, read as that of one process.
     *
     * @param read the whole settings
     * @param secrets their group {@code secrets}
     */
    public record Configured(Function<Path, Record> read, Function<Record, SecretSettings> secrets) {

        public static <T extends Record> Configured of(T defaults, Function<T, SecretSettings> secrets) {
            @SuppressWarnings("unchecked") // what the loader gives is of the defaults' own type, which is final
            Class<T> type = (Class<T>) defaults.getClass();
            return new Configured(file -> SettingsLoader.load(file, defaults), read -> secrets.apply(type.cast(read)));
        }
    }

    /** @param processes by the word for {@code --process} */
    public SecretCommand(Terminal terminal, SecretInput input, Map<String, Configured> processes) {
        this.terminal = terminal;
        this.input = input;
        this.processes = Map.copyOf(processes);
    }

    /** Where keys, and perhaps files, are named. */
    static final class Sources {
        @Option(names = "--key-file", paramLabel = "KEYS", description = "a key file; may be repeated")
        List<Path> keyFiles = new ArrayList<>();

        @Option(
                names = "--settings",
                paramLabel = "CONFIG",
                description = "the settings file of a controller or an agent")
        @Nullable
        Path settings;

        @Option(
                names = "--process",
                defaultValue = "controller",
                paramLabel = "PROCESS",
                description = "whose settings these are: controller or agent (default: ${DEFAULT-VALUE})")
        String process = "controller";
    }

    @Command(
            name = "keygen",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a master key in a new file that only its owner may read.",
                "",
                "With --add it is put before the keys that the file has: it encrypts from now on, and the older ones go on"
                        + " decrypting until 'holdfast secret rotate' has been run."
            })
    int keygen(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--add", description = "put the key first in a file that is there") boolean add)
            throws IOException {
        MasterKey key = MasterKey.random(new SecureRandom());
        String entry = "# Holdfast master key " + key.id() + ", made "
                + terminal.clock().instant().toString().substring(0, 10)
                + ". Keep a copy where the encrypted files are not.\n" + key.text() + "\n";
        if (add) {
            KeySources.file(file);
            String older = Files.readString(file, StandardCharsets.US_ASCII);
            WholeFile.replace(file, (entry + older).getBytes(StandardCharsets.US_ASCII));
        } else {
            create(file, entry.getBytes(StandardCharsets.US_ASCII), "--add puts a new key before its keys");
        }
        terminal.out().println("key " + key.id() + " is the first in " + file);
        return ExitCode.OK.code();
    }

    @Command(
            name = "encrypt",
            mixinStandardHelpOptions = true,
            description = {
                "Takes a secret from standard input, or asks for it, and writes it to FILE, encrypted.",
                "",
                "With --in-place, files that are there are encrypted as they are; those of --settings if no FILE is named."
            })
    int encrypt(
            @Parameters(paramLabel = "FILE", arity = "0..*") @Nullable List<Path> files,
            @Option(names = "--in-place", description = "encrypt what the files hold") boolean inPlace,
            @Option(names = "--replace", description = "FILE may be there; its content is replaced") boolean replace,
            @Mixin Sources sources)
            throws IOException {
        SealedFiles sealed = new SealedFiles(keys(sources, true));
        if (inPlace) {
            return report(chosen(files, sources), sealed::encrypt);
        }
        if (files == null || files.size() != 1) {
            throw new CommandFailure(
                    ExitCode.USAGE, "one FILE is needed for the secret", "--in-place encrypts files that are there");
        }
        Path file = files.getFirst();
        byte[] content = input.read("Secret for " + file);
        String text = new String(content, StandardCharsets.UTF_8);
        if (content.length > SecretInput.BYTES_MAX
                || text.lines().findFirst().orElse("").isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "the secret must have 1 to " + SecretInput.BYTES_MAX
                            + " bytes, the first line being the secret itself",
                    "");
        }
        byte[] envelope = sealed.seal(file, content);
        if (replace && Files.exists(file)) {
            WholeFile.replace(file, envelope);
        } else {
            create(file, envelope, "--replace gives it a new content, --in-place encrypts the one it has");
        }
        terminal.out().println(file + " is encrypted with key " + sealed.firstId());
        return ExitCode.OK.code();
    }

    @Command(
            name = "decrypt",
            mixinStandardHelpOptions = true,
            description = "Writes the secret of an encrypted file to standard output. The file stays as it is.")
    int decrypt(@Parameters(paramLabel = "FILE") Path file, @Mixin Sources sources) {
        byte[] content = new SealedFiles(keys(sources, false)).open(file);
        terminal.out().print(new String(content, StandardCharsets.UTF_8));
        terminal.out().flush();
        return ExitCode.OK.code();
    }

    @Command(
            name = "rotate",
            mixinStandardHelpOptions = true,
            description = {
                "Encrypts files anew with the first key: those named, or all that --settings names.",
                "",
                "Each file is whole at every moment, the old one or the new. Plain files are left as they are. It may be run"
                        + " again after an interruption, and while the controller runs."
            })
    int rotate(@Parameters(paramLabel = "FILE", arity = "0..*") @Nullable List<Path> files, @Mixin Sources sources) {
        return report(chosen(files, sources), new SealedFiles(keys(sources, true))::rotate);
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Lists every secret that a settings file names, how it is kept, and whether it can be read.",
                "",
                "Shows no secret. Ends with 1 if one cannot be read, or is plain where the settings refuse that."
            })
    int check(
            @Parameters(paramLabel = "CONFIG") Path config,
            @Option(names = "--key-file", paramLabel = "KEYS", description = "a key file; may be repeated") @Nullable
                    List<Path> keyFiles,
            @Option(
                            names = "--process",
                            defaultValue = "controller",
                            paramLabel = "PROCESS",
                            description = "whose settings these are: controller or agent (default: ${DEFAULT-VALUE})")
                    String process,
            @Option(names = "--json", description = "one JSON object instead of a table") boolean json) {
        Sources sources = new Sources();
        sources.settings = config;
        sources.process = process;
        sources.keyFiles = keyFiles == null ? List.of() : keyFiles;
        Configured configured = configured(sources);
        Record settings = configured.read().apply(config);
        SecretSettings group = configured.secrets().apply(settings);
        Keyring keys = keys(sources, false);
        List<SecretLook> looks = NamedSecrets.in(settings).stream()
                .map(each -> SecretLook.at(each, keys, group.plain()))
                .toList();
        if (json) {
            ObjectNode answer = Client.object();
            ArrayNode ids = answer.putArray("keys");
            keys.ids().forEach(ids::add);
            answer.put("plain", group.plain().name().toLowerCase(java.util.Locale.ROOT));
            ArrayNode list = answer.putArray("secrets");
            looks.forEach(each -> list.add(each.json()));
            terminal.out().println(answer);
        } else {
            Table table =
                    new Table().column("SETTING").column("FILE").rigid("KEPT").rigid("USABLE");
            looks.forEach(each -> table.row(each.setting(), each.file(), each.kept(), each.usable() ? "yes" : "no"));
            Client client = new Client(terminal);
            client.table(table, terminal.out(), "These settings name no secret.");
            looks.stream()
                    .filter(each -> !each.detail().isEmpty())
                    .map(each -> Text.visible(each.detail()))
                    .distinct()
                    .forEach(each -> client.paragraph("", each, terminal.out()));
        }
        return looks.stream().allMatch(SecretLook::usable) ? ExitCode.OK.code() : ExitCode.FAILED.code();
    }

    private int report(List<Path> files, Function<Path, String> work) {
        boolean good = true;
        for (Path file : files) {
            try {
                terminal.out().println(file + " " + work.apply(file));
            } catch (SecretException e) {
                terminal.err().println(e.getMessage());
                good = false;
            } catch (UncheckedIOException e) {
                terminal.err().println(e.getMessage() + ": " + e.getCause());
                good = false;
            }
        }
        return good ? ExitCode.OK.code() : ExitCode.FAILED.code();
    }

    private List<Path> chosen(@Nullable List<Path> files, Sources sources) {
        if (files != null && !files.isEmpty()) {
            return files;
        }
        if (sources.settings == null) {
            throw new CommandFailure(
                    ExitCode.USAGE, "name files, or --settings for all that a settings file names", "");
        }
        return NamedSecrets.in(configured(sources).read().apply(sources.settings)).stream()
                .map(NamedSecrets.Named::file)
                .map(SecretFile::path)
                .distinct()
                .toList();
    }

    private Keyring keys(Sources sources, boolean needed) {
        List<Path> files = new ArrayList<>(sources.keyFiles);
        if (sources.settings != null) {
            Configured configured = configured(sources);
            files.addAll(configured
                    .secrets()
                    .apply(configured.read().apply(sources.settings))
                    .keyFiles());
        }
        Keyring keys = KeySources.load(files, terminal.environment());
        if (needed && keys.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "there is no key to encrypt with",
                    "make one with 'holdfast secret keygen FILE', and name it by --key-file, in the settings under"
                            + " secrets.key-files, or in HOLDFAST_SECRET_KEY_FILE");
        }
        return keys;
    }

    private Configured configured(Sources sources) {
        Configured found = processes.get(sources.process);
        if (found == null) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "there is no process '" + sources.process + "'",
                    "there are: " + String.join(", ", new TreeSet<>(processes.keySet())));
        }
        return found;
    }

    private static void create(Path file, byte[] content, String advice) throws IOException {
        try {
            WholeFile.create(file, content);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(ExitCode.CONFLICT, file + " exists already and is not overwritten", advice, e);
        }
    }
}
