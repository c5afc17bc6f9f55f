package io.holdfast.model;

import java.nio.file.Path;

/**
 * Where a process finds its identity and whom it trusts; made by {@code holdfast pki}.
 *
 * @param keyStore PKCS #12 file with this process's certificate chain and private key
 * @param trustStore PKCS #12 file with the certificate authority's certificate
 * @param passwordFile text file whose first line is the password of both; readable by its owner only
 */
public record TlsFiles(Path keyStore, Path trustStore, SecretFile passwordFile) {}
