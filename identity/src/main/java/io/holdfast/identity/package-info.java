/**
 * Who somebody is, and what they may do in which project.
 *
 * <p>Keystone's model in a small form: <em>users</em> and <em>projects</em> live in <em>domains</em>; a <em>grant</em> gives a
 * user a <em>role</em> in a project or a domain; an <em>application credential</em> lets a program act for its user in one project,
 * with some of the user's roles. A <em>token</em> says for a while that somebody has shown who they are, and for which
 * <em>scope</em>. There are no groups.
 *
 * <p>A token is signed and carries who and for what, never which roles: what it is good for is looked up when it is used, so that a
 * grant that is taken back, a password that is changed or a user that is disabled ends it. To look it up with every request would
 * be slow, so the answer is kept as long as nothing in the {@link io.holdfast.identity.Directory} has changed, which a number in
 * the database says that is read at most once in a second. All controllers share the database, so a token of one is good at
 * the others.
 *
 * <p>Sub-packages: {@code core} pure rules; {@code crypto} signatures and hashes of passwords; {@code store} tables;
 * {@code external} somebody else's Keystone instead of all this.
 *
 * <p>Threads: everything here may be called from any thread.
 *
 * <p>What it refuses to do: say that a token is good when that cannot be found out.
 */
@NullMarked
package io.holdfast.identity;

import org.jspecify.annotations.NullMarked;
