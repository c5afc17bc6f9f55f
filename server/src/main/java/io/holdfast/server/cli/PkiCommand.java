package io.holdfast.server.cli;

import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.PkiException;
import io.holdfast.server.pki.Role;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "pki",
        mixinStandardHelpOptions = true,
        description = "Certificates, by which controllers and agents know each other.")
final class PkiCommand {

    private final Terminal terminal;

    PkiCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "init",
            mixinStandardHelpOptions = true,
            description = "Makes a certificate authority in a directory that has none.")
    int init(
            @Parameters(paramLabel = "DIR") Path directory,
            @Option(
                            names = "--ca-name",
                            defaultValue = "Holdfast CA",
                            paramLabel = "NAME",
                            description = "its name, for people (default: ${DEFAULT-VALUE})")
                    String name) {
        CertificateAuthority authority = guarded(() -> CertificateAuthority.create(directory, name, terminal.clock()));
        terminal.out().println("made a certificate authority: " + authority.certificateFile());
        terminal.out().println("Keep " + directory + " on a machine you trust; whoever has it can be anybody.");
        return ExitCode.OK.code();
    }

    @Command(
            name = "issue",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a key and a certificate for one process. Copy the directory it makes to where that process runs."
            })
    int issue(
            @Parameters(paramLabel = "DIR") Path directory,
            @Parameters(paramLabel = "NAME", description = "name of the process, best its host name") String name,
            @Option(names = "--dns", paramLabel = "NAME", description = "further host name; may be repeated") @Nullable
                    List<String> dnsNames,
            @Option(names = "--ip", paramLabel = "ADDRESS", description = "IP address; may be repeated") @Nullable
                    List<String> addresses,
            @Option(
                            names = "--role",
                            defaultValue = "AGENT",
                            paramLabel = "ROLE",
                            description = "controller, agent or operator (default: agent)")
                    Role role) {
        TlsFiles files = guarded(() -> CertificateAuthority.open(
                        directory, SecretReader.ofCommand(terminal.environment()), terminal.clock())
                .issue(name, role, dnsNames == null ? List.of() : dnsNames, addresses == null ? List.of() : addresses));
        terminal.out().println("tls:");
        terminal.out().println("  key-store: " + files.keyStore());
        terminal.out().println("  trust-store: " + files.trustStore());
        terminal.out().println("  password-file: " + files.passwordFile().path());
        return ExitCode.OK.code();
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Lists the authority and its certificates, and when they expire.")
    int show(@Parameters(paramLabel = "DIR") Path directory) {
        List<X509Certificate> all = guarded(() -> CertificateAuthority.open(
                        directory, SecretReader.ofCommand(terminal.environment()), terminal.clock())
                .certificates());
        Table table = new Table()
                .column("NAME")
                .rigid("ROLE")
                .rigid("EXPIRES")
                .column("NAMES AND ADDRESSES")
                .column("SHA-256");
        for (X509Certificate each : all) {
            boolean authority = each.getBasicConstraints() >= 0;
            table.row(
                    commonName(each),
                    authority ? "authority" : String.join(" ", CertificateAuthority.roles(each)),
                    expiry(each),
                    alternatives(each),
                    fingerprint(each));
        }
        table.print(terminal.out(), terminal.width());
        return ExitCode.OK.code();
    }

    private static <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (PkiException e) {
            throw new CommandFailure(ExitCode.FAILED, e.getMessage() == null ? e.toString() : e.getMessage(), "", e);
        }
    }

    private String expiry(X509Certificate certificate) {
        long days = Duration.between(
                        terminal.clock().instant(), certificate.getNotAfter().toInstant())
                .toDays();
        return days < 0 ? "EXPIRED" : "in " + days + " days";
    }

    private static String commonName(X509Certificate certificate) {
        for (String part : certificate.getSubjectX500Principal().getName().split(",", -1)) {
            if (part.startsWith("CN=")) {
                return part.substring(3);
            }
        }
        return certificate.getSubjectX500Principal().getName();
    }

    private static String alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? ""
                    : names.stream().map(name -> String.valueOf(name.get(1))).collect(Collectors.joining(" "));
        } catch (CertificateParsingException e) {
            return "unreadable";
        }
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
