package io.holdfast.server.cli;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast openrc}: what OpenStack's clients need to know. Asks nobody. */
@Command(
        name = "openrc",
        mixinStandardHelpOptions = true,
        description = {
            "Writes what OpenStack's clients need to log in.",
            "",
            "For a shell to read, or as clouds.yaml:",
            "",
            "    holdfast openrc > openrc && . ./openrc && openstack server list",
            "",
            "The shell asks for the password when it reads it. With --password-file it takes it from that file instead."
                    + " Only --with-password writes the password itself."
        })
final class OpenrcCommand implements Callable<Integer> {

    private static final int PASSWORD_BYTES_MAX = 4096;

    private final Terminal terminal;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "the controller (or HOLDFAST_URL; default: http://127.0.0.1:8774)")
    @Nullable
    URI url;

    @Option(names = "--ca", paramLabel = "FILE", description = "its certificate authority, PEM (or HOLDFAST_CA)")
    @Nullable
    Path ca;

    @Option(names = "--user", paramLabel = "NAME", defaultValue = "admin", description = "default: ${DEFAULT-VALUE}")
    String user = "admin";

    @Option(
            names = "--user-domain",
            paramLabel = "NAME",
            defaultValue = "Default",
            description = "default: ${DEFAULT-VALUE}")
    String userDomain = "Default";

    @Option(names = "--project", paramLabel = "NAME", defaultValue = "admin", description = "default: ${DEFAULT-VALUE}")
    String project = "admin";

    @Option(
            names = "--project-domain",
            paramLabel = "NAME",
            defaultValue = "Default",
            description = "default: ${DEFAULT-VALUE}")
    String projectDomain = "Default";

    @Option(
            names = "--region",
            paramLabel = "NAME",
            defaultValue = "RegionOne",
            description = "default: ${DEFAULT-VALUE}")
    String region = "RegionOne";

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "first line is the password; may be encrypted with --with-password")
    @Nullable
    SecretFile passwordFile;

    @Option(names = "--with-password", description = "write the password itself; needs --password-file")
    boolean withPassword;

    @Option(
            names = "--clouds-yaml",
            description = "a clouds.yaml instead; without --with-password the client asks for the password")
    boolean cloudsYaml;

    @Option(
            names = "--cloud",
            paramLabel = "NAME",
            defaultValue = "holdfast",
            description = "its name in clouds.yaml; default: ${DEFAULT-VALUE}")
    String cloud = "holdfast";

    OpenrcCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        String base = url != null
                ? url.toString()
                : terminal.environment().getOrDefault("HOLDFAST_URL", "http://127.0.0.1:8774");
        String login = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/identity/v3";
        String authority = ca != null ? ca.toString() : terminal.environment().getOrDefault("HOLDFAST_CA", "");
        String trusted = authority.isEmpty()
                ? ""
                : Path.of(authority).toAbsolutePath().normalize().toString();
        for (String value : new String[] {login, trusted, user, userDomain, project, projectDomain, region, cloud}) {
            if ((value.isEmpty() && !value.equals(trusted))
                    || value.codePoints().anyMatch(Character::isISOControl)) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "a value is empty or has a character that is no text",
                        "see holdfast openrc --help");
            }
        }
        String password = password();
        if (cloudsYaml) {
            writeClouds(terminal.out(), login, trusted, password);
        } else {
            writeOpenrc(terminal.out(), login, trusted, password);
        }
        return ExitCode.OK.code();
    }

    private @Nullable String password() {
        if (!withPassword) {
            return null;
        }
        if (passwordFile == null) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--with-password needs --password-file", "name the file that has the password");
        }
        return SecretReader.ofCommand(terminal.environment()).read("--password-file", passwordFile, PASSWORD_BYTES_MAX);
    }

    private void writeOpenrc(PrintWriter out, String login, String trusted, @Nullable String password) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("OS_AUTH_URL", login);
        variables.put("OS_IDENTITY_API_VERSION", "3");
        variables.put("OS_AUTH_TYPE", "password");
        variables.put("OS_USERNAME", user);
        variables.put("OS_USER_DOMAIN_NAME", userDomain);
        variables.put("OS_PROJECT_NAME", project);
        variables.put("OS_PROJECT_DOMAIN_NAME", projectDomain);
        variables.put("OS_REGION_NAME", region);
        if (!trusted.isEmpty()) {
            variables.put("OS_CACERT", trusted);
        }
        // What is left of another cloud would be taken instead.
        out.println("unset OS_CLOUD OS_TOKEN OS_PROJECT_ID OS_USER_ID OS_DOMAIN_ID OS_DOMAIN_NAME OS_SYSTEM_SCOPE");
        variables.forEach((name, value) -> out.println("export " + name + "=" + shell(value)));
        if (password != null) {
            out.println("export OS_PASSWORD=" + shell(password));
        } else if (passwordFile != null) {
            String file = passwordFile.path().toAbsolutePath().normalize().toString();
            out.println("OS_PASSWORD=$(head -n 1 " + shell(file) + ") && export OS_PASSWORD");
        } else {
            out.println("echo \"Password of $OS_USERNAME for project $OS_PROJECT_NAME:\" >&2");
            out.println(
                    "stty -echo 2>/dev/null; IFS= read -r OS_PASSWORD; stty echo 2>/dev/null; echo >&2; export OS_PASSWORD");
        }
    }

    private void writeClouds(PrintWriter out, String login, String trusted, @Nullable String password) {
        out.println("clouds:");
        out.println("  " + yaml(cloud) + ":");
        out.println("    auth_type: password");
        out.println("    identity_api_version: 3");
        out.println("    region_name: " + yaml(region));
        if (!trusted.isEmpty()) {
            out.println("    cacert: " + yaml(trusted));
        }
        out.println("    auth:");
        out.println("      auth_url: " + yaml(login));
        out.println("      username: " + yaml(user));
        out.println("      user_domain_name: " + yaml(userDomain));
        out.println("      project_name: " + yaml(project));
        out.println("      project_domain_name: " + yaml(projectDomain));
        if (password != null) {
            out.println("      password: " + yaml(password));
        }
    }

    /** As one word of a shell, whatever is in it. */
    private static String shell(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** As a YAML text, whatever is in it: between single quotes nothing but the quote has a meaning. */
    private static String yaml(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
