import HTTP

/// What a 401 means to whoever was to show a Kerberos ticket.
///
/// A ticket that has run out is no password that locks an account, and nothing in the settings changes when another is got:
/// so it is asked again, but for the cases in which the realm itself was shown a wrong key.
enum Kerberos {
  /// What to do about a ticket that was good and has no access.
  static let noAccess =
    "the owner of the Kerberos ticket has no access to it: klist tells whose it is; get another's with kinit, or ask for access"

  /// What to do about a ticket that was refused, or is not there.
  static func advice(_ missingTicket: String?) -> String {
    guard let missingTicket else {
      return
        "it refuses the Kerberos ticket that it was shown: klist tells whose it is; either its owner has no access, or the "
        + "server's log tells why it cannot verify it"
    }
    return
      "there is no Kerberos ticket for it (\(missingTicket)): get one with kinit, or name a keytab in KRB5_CLIENT_KTNAME"
  }

  /// Tells a realm that cannot be asked, and one that must not be asked again with the same key, from the rest. There are
  /// only words to go by (of MIT Kerberos and of Heimdal).
  static func judge(_ response: HTTPResponse, _ error: inout HTTPError) {
    guard let reason = response.missingTicket?.lowercased() else { return }
    if ["cannot contact any kdc", "unable to reach any kdc"].contains(where: reason.contains) {
      error.kind = .unreachable
      error.message =
        "\(response.maskedURL) wants a Kerberos ticket, and none can be had (\(response.missingTicket ?? "")): check the "
        + "realm's servers in krb5.conf and the network"
    }
    // Each of these counts as a wrong password there.
    error.refusesLogin = ["preauthentication failed", "credentials have been revoked"]
      .contains(where: reason.contains)
  }
}
