/**
 * A small certificate authority, so that controllers and agents can prove to each other who they are.
 *
 * <p>Every connection between a controller and an agent is TLS with certificates on both sides. An operator who has a
 * certificate authority uses that; this package is for everybody else, for the lab and for the demonstration. {@link
 * io.holdfast.server.pki.CertificateAuthority} is a directory on a machine that the operator trusts: one authority, and
 * one directory with a key store, a trust store and their password for each process, to be copied to where it runs.
 *
 * <p>What a certificate says: the name of the process (common name), the names and addresses it is reached by (subject
 * alternative names), and its <em>role</em> (organizational unit). The role matters as much as the signature: an agent
 * obeys only a peer whose role is {@code controller}, so a stolen agent key cannot command other agents.
 *
 * <p>{@link io.holdfast.server.pki.SelfSigned} is for a service that is played for a while and that nobody has issued anything to.
 *
 * <p>What it refuses to do: it overwrites nothing, and it has no revocation list. A key that leaked is answered by a
 * new authority; with leaves that live one year and clusters of this size that is simpler than running revocation.
 *
 * <p>Private keys and passwords are readable by their owner only, from the moment the file exists.
 */
@NullMarked
package io.holdfast.server.pki;

import org.jspecify.annotations.NullMarked;
