/// A key that was made for these tests (`openssl genrsa`) and opens nothing.
enum TestKey {
  static let pem = """
    -----BEGIN PRIVATE KEY-----
    MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7fzroWwczwbuw
    O4E12MtSg26KvE9V1kz/rAoA8nah6DHCqDruH84oqCE4c06kH5JcpQOdmcIZfOoG
    HCGuTc0bNhj0umdhiiQU+FpczXZmhflhk/SjzolGcrYk2paETN5pmL7ZcWEeMaoh
    3pidCYLDFPcvdZWw1+clJOel9Dx6Ikk+8Q8bMH+HWuqvQavBUOclp08ytL14N5wD
    jhnfWa/sVtTVdcXuVcRslumAi0xRijpUJSIHkKikZnnrrSqm0zHPqsfmqsQIPjOr
    n/rKeYFDXAJ1TWTDibiJbeTiw22xCpSZVIlgNVSwCUsvGFR0hfHTpzdYeGO8DLJT
    BTfYLwOrAgMBAAECggEAXB1qTfxmwe1ErhTV6qP7ZCrxNJTGb1ftFVEqywNT+EBQ
    rh8jcJjMmpnbVFYGBUkDiaOCbru7KfV+LglFHNLZWSyPPzCTGM8a4fiPwHcq27yn
    Y+KiNpYCSEuUI/AGMbJoNL3XyZFT0tc4jBJFrSUeioQy2qysoai4xT1n11byHVgC
    kr7UjaGY3mtS8kxRHcnixRfAXOi9/3Vpi6gu7z7zliklZ+3UDoaKQzwjuf0vx/VX
    Y9dl6S2K9We8HYMrMF8lvnj2iT8We0upiYGXBHN9ZphTkiT0CudhCkZd85vc4qE+
    f4XNmHXBjgsvuQAraA4/8eyhU6O+JTFODQV+F4QNeQKBgQDegrxnUKqp3DhkPXlG
    AvLZoiPRmpj1WD6xpomZeGtefrF1vRAokN/dEu5b3SjXKUOGa2OroMBh+/2d59Dt
    BGvemojmeNvkFByHu/ambiMD93GW6SzvUwJ5njh2r6oYfcwAytLUr4w80i3YyPeq
    BIHZkaEqSItKKJbsw2ET7cJpMwKBgQDXt22NyrhqGq9SPuMGmRbmQ56r09nYbj72
    jzzgfFHggBkl+7I52jjGUeQhQAnXp/+42Wh7ToYb0ZP2FIoCushPPTRyKHOAPcWZ
    6PtNrHOLFjWYRYW5aMHD2mSrSm6ztHhHu+o9XUvVK/88YPv1AvGlBhKy7qzCPE9x
    PSlw0CQrqQKBgQCwsUx/FlWPsSqunwpQiELkg5bB+WwBV+PhGogl8LQCQ8UT4+CS
    9ghu+3uAQ20M/t16PojVXz+mD37kB5Omw14NVNXlfo/O3BGTz7UbkFYJ7lKrLdra
    6SYMAZKA3RnLfQmkj2tALW7FVXnGrj/NKOscJELA2v6REw5WUQgj1SgOdQKBgQC4
    bxMS9S1BQrl9Z1kxzfg/PbdPEB2kp3Xb1tHk2UYj3UIjMJTMU+DQ5zlWmGsR4IiK
    og9rxdJxvHl2H090UABth1Xs+Nrv3WCyW/lpCrXrSDzgiShxQrjQXExQC56ktPtV
    0bvPZZItm6VpGT6y2CaEwrGAHQLGO0xs9C8XTk5uqQKBgCh/lzht2UAKahA0WPMg
    ul1UpwrKZifsiTKAnLW5YJdBeIcGnN0oZJlbOKrq4UWz1Qlm1fRSvDY0qSbfGwDJ
    QkJXWPNgfEdeN4jTIzeYXJwsgCebBENBCJJbo5zUojl+4YL208GWx7Xx8PJPyA5M
    zlrVy1ayk8IFlahnnKsM9qH8
    -----END PRIVATE KEY-----

    """

  /// The signature of "strandline", as Python's `cryptography` makes it.
  static let signature =
    "8617f63cfa9d45e7dd2b775b4f8c03634bb5d8b8edb03a56209226027cf89b11efa769ea965feeef5fb87c1eefc5a4c0"
    + "3c51e14625c50618c0f3900f5d2611bcfdb10ee880b3a4aaab1ad99e2d8cc2b34f7bd03ec4ed8c30dc1c24721af22e3e"
    + "7fbdb1f1a58478b1e48013cabe65004d676c77317e2ce41ee3c43a9526027598d993b79d2cff3e3ba09279798dae107c"
    + "88c7eddf6cefe4d6a2f46ffb61168b4e582e0a6a17095f8f8363c2a935c50347967406006cfc61321fa8c5e4259a451f"
    + "d78d2be3395da26227c466bccd83bb68e9117831f65430443ac78d8ba928280af5367e6074785ba855da4af38be3ca8a"
    + "0c8fabb783bd138d75c2b4868c1362c9"

  /// The statement of `robot@project.iam.gserviceaccount.com` at 1,700,000,000, as Python's `cryptography` signs it.
  static let statement =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImFiYzEyMyIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwczovL29hdXRoMi5nb29nbGV"
    + "hcGlzLmNvbS90b2tlbiIsImV4cCI6MTcwMDAwMzYwMCwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJyb2JvdEBwcm9qZWN0Lml"
    + "hbS5nc2VydmljZWFjY291bnQuY29tIiwic2NvcGUiOiJodHRwczovL3d3dy5nb29nbGVhcGlzLmNvbS9hdXRoL2RldnN0b3J"
    + "hZ2UucmVhZF93cml0ZSJ9.IwjmBrxMYsyzi_Vk6o761lFz_ZQbelBXvroUH6omSF2p0JptfH261sBaClAaTbgoH5HvMGrG26"
    + "bGHkGUHoIh-aYYYiIqh7FK3GQ27ejIlDWQ4L6_ERcNc6BlQoN6utWSAmEJJ-NNvkNFm821_aWqLZg5-Oi1XJJg1yrcTohrko"
    + "Jou2tuY7vRbj6B0vH-Wf2gQN4fPWkrgpx7JWOvSK6Opo0HUxyc7B2iHQpJgaZBCmJ0vBLHrbcs9xN_J8n7kU-aOOH0Ave-7N"
    + "He1C4_t7FzzqmSdmco6t6-0XL4tq035bwrw2oDgfp7Rsx3GRI_vc9htbfjx5CADZ8HhPNuF4XzIA"
}
