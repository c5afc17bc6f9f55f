package io.holdfast.server.pki;

import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * A directory with a certificate authority and the identities it issued.
 *
 * <pre>
 * DIR/ca.pem            the authority's certificate, for whoever has to trust it
 * DIR/ca-key.p12        its private key        DIR/ca-password   the password of that
 * DIR/NAME/keystore.p12     the process's key and certificate chain
 * DIR/NAME/truststore.p12   whom it trusts: this authority
 * DIR/NAME/password         the password of both
 * DIR/NAME/cert.pem, key.pem   the same key and chain for tools that want PEM
 * </pre>
 *
 * <p>An identity appears whole or not at all: it is written into a hidden directory beside its place and moved there in
 * one step. If we die before that, the next attempt starts afresh and nothing half-made was ever under its name.
 *
 * <p>Keys are on the curve P-256: every TLS stack that Holdfast meets has it, and issuing costs milliseconds. Not safe
 * for use by two threads at once.
 */
public final class CertificateAuthority {

    private static final Duration CA_LIFETIME = Duration.ofDays(3652);
    private static final Duration LEAF_LIFETIME = Duration.ofDays(365);

    /** Certificates begin to be valid this much in the past, because the clocks of new machines are often a bit off. */
    static final Duration CLOCK_TOLERANCE = Duration.ofHours(1);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
    private static final String PASSWORD_FILE = "ca-password";
    private static final int PASSWORD_BYTES_MAX = 256;
    private static final Set<String> RESERVED = Set.of("ca.pem", "ca-key.p12", PASSWORD_FILE);
    private static final String ALIAS = "holdfast";

    private final Path directory;
    private final PrivateKey key;
    private final X509Certificate certificate;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    private CertificateAuthority(Path directory, PrivateKey key, X509Certificate certificate, InstantSource clock) {
        this.directory = directory;
        this.key = key;
        this.certificate = certificate;
        this.clock = clock;
    }

    /**
     * Makes a new authority in a directory that has none.
     *
     * @param name the common name of the authority, for people
     * @throws PkiException if the directory holds an authority already, or cannot be written
     */
    public static CertificateAuthority create(Path directory, String name, InstantSource clock) {
        if (name.isBlank() || name.length() > 64) {
            throw new PkiException("the authority's name must have 1 to 64 characters, has " + name.length());
        }
        if (Files.exists(directory.resolve("ca.pem")) || Files.exists(directory.resolve("ca-key.p12"))) {
            throw new PkiException(directory + " holds a certificate authority already; nothing was changed."
                    + " Use another directory, or move this one away if every certificate of it may become worthless");
        }
        try {
            makePrivateDirectory(directory);
            SecureRandom random = new SecureRandom();
            KeyPair keys = newKeys(random);
            X500Name subject = new X500NameBuilder(BCStyle.INSTANCE)
                    .addRDN(BCStyle.O, "Holdfast")
                    .addRDN(BCStyle.CN, name)
                    .build();
            Instant now = clock.instant();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    subject,
                    newSerial(random),
                    Date.from(now.minus(CLOCK_TOLERANCE)),
                    Date.from(now.plus(CA_LIFETIME)),
                    subject,
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
            X509Certificate certificate = sign(builder, keys.getPrivate());

            String password = newPassword(random);
            writePrivate(directory.resolve(PASSWORD_FILE), (password + "\n").getBytes(StandardCharsets.US_ASCII));
            writeKeyStore(directory.resolve("ca-key.p12"), password, keys.getPrivate(), certificate);
            // Last, because this file is what makes the directory an authority.
            writePrivate(directory.resolve("ca.pem"), pem("CERTIFICATE", certificate.getEncoded()));
            return new CertificateAuthority(directory, keys.getPrivate(), certificate, clock);
        } catch (FileAlreadyExistsException e) {
            throw new PkiException(e.getFile() + " is in the way; nothing is overwritten. Use an empty directory", e);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new PkiException("cannot make a certificate authority in " + directory + ": " + e, e);
        }
    }

    /**
     * Opens the authority of a directory.
     *
     * @throws PkiException if there is none, or its files cannot be read
     */
    public static CertificateAuthority open(Path directory, SecretReader secrets, InstantSource clock) {
        Path store = directory.resolve("ca-key.p12");
        try {
            char[] password = secrets.read(
                            "the authority's", SecretFile.of(directory.resolve(PASSWORD_FILE)), PASSWORD_BYTES_MAX)
                    .toCharArray();
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, password);
            }
            if (keys.getKey(ALIAS, password) instanceof PrivateKey key
                    && keys.getCertificate(ALIAS) instanceof X509Certificate certificate) {
                return new CertificateAuthority(directory, key, certificate, clock);
            }
            throw new PkiException(store + " holds no key of a certificate authority");
        } catch (SecretException e) {
            if (e.trouble() == SecretException.Trouble.MISSING) {
                throw none(directory, directory.resolve(PASSWORD_FILE), e);
            }
            throw e;
        } catch (NoSuchFileException e) {
            throw none(directory, store, e);
        } catch (IOException | GeneralSecurityException e) {
            throw new PkiException("cannot open the certificate authority in " + directory + ": " + e, e);
        }
    }

    private static PkiException none(Path directory, Path missing, Exception e) {
        return new PkiException(
                directory + " holds no certificate authority (no " + missing + "); make one with: holdfast pki init "
                        + directory,
                e);
    }

    /**
     * Makes a key and a certificate for one process.
     *
     * @param name the process's name: letters, digits, dots, hyphens and underscores; also its first DNS name
     * @param dnsNames further host names it is reached by
     * @param addresses IP addresses it is reached by, in their usual notation
     * @return the files, to be named in the process's settings
     * @throws PkiException if the name is taken (nothing is overwritten) or anything is malformed
     */
    public TlsFiles issue(String name, Role role, List<String> dnsNames, List<String> addresses) {
        if (!NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw new PkiException("'" + name + "' cannot be the name of a certificate: use 1 to 63 letters, digits,"
                    + " dots, hyphens or underscores, with a letter or digit at both ends");
        }
        GeneralNames alternatives = alternatives(name, dnsNames, addresses);
        Path home = directory.resolve(name);
        if (Files.exists(home)) {
            throw new PkiException(home + " exists already and is not overwritten; choose another name, or move that"
                    + " directory away to issue a new certificate for " + name);
        }
        Path making = directory.resolve("." + name + ".making");
        try {
            deleteTree(making);
            makePrivateDirectory(making);
            KeyPair keys = newKeys(random);
            X509Certificate leaf = leaf(name, role, alternatives, keys);
            String password = newPassword(random);
            writePrivate(making.resolve("password"), (password + "\n").getBytes(StandardCharsets.US_ASCII));
            writeKeyStore(making.resolve("keystore.p12"), password, keys.getPrivate(), leaf, certificate);
            writeTrustStore(making.resolve("truststore.p12"), password);
            writePrivate(
                    making.resolve("cert.pem"),
                    pem("CERTIFICATE", leaf.getEncoded()),
                    pem("CERTIFICATE", certificate.getEncoded()));
            writePrivate(
                    making.resolve("key.pem"),
                    pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
            Files.move(making, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
            throw new PkiException(home + " was made by somebody else just now; nothing was overwritten", e);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new PkiException("cannot issue a certificate for " + name + " in " + directory + ": " + e, e);
        }
        return files(home);
    }

    /** The files of an identity that was issued before, by its directory. */
    public static TlsFiles files(Path home) {
        return new TlsFiles(
                home.resolve("keystore.p12"), home.resolve("truststore.p12"), SecretFile.of(home.resolve("password")));
    }

    /** The authority's own certificate file, for clients that take PEM. */
    public Path certificateFile() {
        return directory.resolve("ca.pem");
    }

    /** The authority's certificate first, then what it issued by name. */
    public List<X509Certificate> certificates() {
        List<X509Certificate> found = new ArrayList<>();
        found.add(certificate);
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path home : entries.sorted().toList()) {
                Path file = home.resolve("cert.pem");
                if (!home.getFileName().toString().startsWith(".") && Files.isRegularFile(file)) {
                    found.add(read(file));
                }
            }
        } catch (IOException e) {
            throw new PkiException("cannot list " + directory + ": " + e, e);
        }
        return found;
    }

    private static X509Certificate read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (IOException | CertificateException e) {
            throw new PkiException("cannot read the certificate in " + file + ": " + e, e);
        }
    }

    private X509Certificate leaf(String name, Role role, GeneralNames alternatives, KeyPair keys)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        Instant now = clock.instant();
        Instant end = now.plus(LEAF_LIFETIME);
        Instant authorityEnd = certificate.getNotAfter().toInstant();
        if (now.isAfter(authorityEnd)) {
            throw new PkiException("the certificate authority in " + directory + " expired at " + authorityEnd
                    + "; make a new one and issue all certificates anew");
        }
        X500Name subject = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, "Holdfast")
                .addRDN(BCStyle.OU, role.word())
                .addRDN(BCStyle.CN, name)
                .build();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X509CertificateHolder(certificate.getEncoded()).getSubject(),
                newSerial(random),
                Date.from(now.minus(CLOCK_TOLERANCE)),
                // A leaf that outlives its authority would fail on a day that nobody wrote down.
                Date.from(end.isBefore(authorityEnd) ? end : authorityEnd),
                subject,
                keys.getPublic());
        JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        // Both: a controller serves its API and calls agents; an agent serves calls and joins its group.
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
            KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
        }));
        builder.addExtension(Extension.subjectAlternativeName, false, alternatives);
        builder.addExtension(
                Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(keys.getPublic()));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                identifiers.createAuthorityKeyIdentifier(certificate.getPublicKey()));
        return sign(builder, key);
    }

    static GeneralNames alternatives(String name, List<String> dnsNames, List<String> addresses) {
        Set<String> names = new LinkedHashSet<>();
        names.add(name);
        names.addAll(dnsNames);
        List<GeneralName> all = new ArrayList<>();
        for (String dns : names) {
            if (!dns.matches("(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")) {
                throw new PkiException("'" + dns + "' is not a DNS name");
            }
            all.add(new GeneralName(GeneralName.dNSName, dns));
        }
        for (String address : new LinkedHashSet<>(addresses)) {
            // Looked at before it is parsed, so that a name is never resolved by asking a name server.
            if (!address.matches("[0-9.]{7,15}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
                throw new PkiException("'" + address + "' is not an IP address");
            }
            try {
                all.add(new GeneralName(GeneralName.iPAddress, address));
            } catch (IllegalArgumentException e) {
                throw new PkiException("'" + address + "' is not an IP address", e);
            }
        }
        return new GeneralNames(all.toArray(GeneralName[]::new));
    }

    // --- keys and files ---

    static KeyPair newKeys(SecureRandom random) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    static BigInteger newSerial(SecureRandom random) {
        // 127 random bits and never zero: unique without keeping count in a file.
        return new BigInteger(127, random).add(BigInteger.ONE);
    }

    private static String newPassword(SecureRandom random) {
        byte[] secret = new byte[24];
        random.nextBytes(secret);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    }

    static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws OperatorCreationException, CertificateException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    }

    private static void writeKeyStore(Path file, String password, PrivateKey key, Certificate... chain)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(ALIAS, key, password.toCharArray(), chain);
        writeStore(file, store, password);
    }

    private void writeTrustStore(Path file, String password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", certificate);
        writeStore(file, store, password);
    }

    private static void writeStore(Path file, KeyStore store, String password)
            throws IOException, GeneralSecurityException {
        try (OutputStream out = newPrivateFile(file)) {
            store.store(out, password.toCharArray());
        }
    }

    private static byte[] pem(String type, byte[] content) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, content));
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void writePrivate(Path file, byte[]... parts) throws IOException {
        try (OutputStream out = newPrivateFile(file)) {
            for (byte[] part : parts) {
                out.write(part);
            }
        }
    }

    /** The permissions are part of the file's creation, so there is no moment in which somebody else may open it. */
    private static OutputStream newPrivateFile(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.newOutputStream(file, StandardOpenOption.WRITE);
    }

    private static void makePrivateDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = new ArrayList<>(walk.toList());
        }
        for (Path each : all.reversed()) {
            Files.delete(each);
        }
    }

    /** The role in a certificate's subject, or an empty list when it has none: whoever checks must refuse that. */
    public static Collection<String> roles(X509Certificate certificate) {
        X500Name subject =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        return Stream.of(subject.getRDNs(BCStyle.OU))
                .map(rdn -> rdn.getFirst().getValue().toString())
                .toList();
    }
}
