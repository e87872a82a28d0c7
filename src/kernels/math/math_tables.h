#pragma once
// Coefficient tables of piecewise polynomials, 16 pieces each, one column a piece.
//
// Row 0 is the piece's centre c, row 1 + k the coefficient of (a - c)^k. Made with mpmath: weighted
// least squares on Chebyshev nodes, reweighted towards the minimax fit of the relative error, each
// coefficient rounded to float in turn and the later ones fitted again. Centres are chosen so that
// the value there, row 1, is a float to 31 bits.

namespace wick::kernels {

/// exp(a^2 / 2) P(Z > a) for Z standard normal, a in [0, 14.6]. Its column is bits 21..24 of the
/// float 1 + a: four pieces between powers of two. Relative error below 2^-27.6.
alignas(64) inline constexpr float kNormalTail[8][16] = {
    {0x1.407000p+0f, 0x1.c1c000p+0f, 0x1.1f0000p+1f, 0x1.651000p+1f, 0x1.c0b000p+1f, 0x1.206800p+2f,
     0x1.5fb000p+2f, 0x1.a2c000p+2f, 0x1.00a800p+3f, 0x1.40a000p+3f, 0x1.7fee00p+3f, 0x1.b98000p+3f,
     0x1.208000p-3f, 0x1.7ec000p-2f, 0x1.3e2000p-1f, 0x1.b96000p-1f},
    {0x1.d835f0p-3f, 0x1.7a4f5ep-3f, 0x1.3b886cp-3f, 0x1.08906ap-3f, 0x1.b3009ap-4f, 0x1.5ae79ep-4f,
     0x1.205d72p-4f, 0x1.e88e48p-5f, 0x1.9169aap-5f, 0x1.43051cp-5f, 0x1.0e8a50p-5f, 0x1.d74cacp-6f,
     0x1.cb2d00p-2f, 0x1.850930p-2f, 0x1.4bdb34p-2f, 0x1.208a3ap-2f},
    {-0x1.c3ed48p-4f, -0x1.30cf6ep-4f, -0x1.b63312p-5f, -0x1.3c1334p-5f, -0x1.b4e44ap-6f,
     -0x1.1b2d38p-6f, -0x1.8bbe76p-7f, -0x1.1e1ea4p-7f, -0x1.84cf00p-8f, -0x1.fa0688p-9f,
     -0x1.63f07cp-9f, -0x1.0e7af8p-9f, -0x1.57d54cp-2f, -0x1.071a74p-2f, -0x1.94a4e0p-3f,
     -0x1.3f8e54p-3f},
    {0x1.7abd92p-5f, 0x1.ba3ca6p-6f, 0x1.179b2cp-6f, 0x1.611914p-7f, 0x1.a11580p-8f, 0x1.be1b7ep-9f,
     0x1.088568p-9f, 0x1.489aa4p-10f, 0x1.73713ap-11f, 0x1.88b9d4p-12f, 0x1.d13b0ep-13f,
     0x1.34e680p-13f, 0x1.9abd80p-3f, 0x1.22b184p-3f, 0x1.9c4a9ap-4f, 0x1.2d9a7ap-4f},
    {-0x1.1e8192p-6f, -0x1.26ddbcp-7f, -0x1.4c9e10p-8f, -0x1.746716p-9f, -0x1.7cab62p-10f,
     -0x1.541b9ap-11f, -0x1.59107ep-12f, -0x1.726a0ap-13f, -0x1.5e1ecep-14f, -0x1.2e0d06p-15f,
     -0x1.2e1574p-16f, -0x1.5f03b4p-17f, -0x1.a3e05cp-4f, -0x1.165e70p-4f, -0x1.70c074p-5f,
     -0x1.f98166p-6f},
    {0x1.8ed2f6p-8f, 0x1.6e66a0p-9f, 0x1.74a480p-10f, 0x1.75ce10p-11f, 0x1.4dc476p-12f,
     0x1.f737b8p-14f, 0x1.b7f39cp-15f, 0x1.9a446cp-16f, 0x1.45cfb2p-17f, 0x1.cc7e44p-19f,
     0x1.85dbc6p-20f, 0x1.8d6120p-21f, 0x1.7d26aap-5f, 0x1.dd394cp-6f, 0x1.2a00ccp-6f,
     0x1.814c48p-7f},
    {-0x1.05c7b8p-9f, -0x1.af4830p-11f, -0x1.8f7086p-12f, -0x1.6b161cp-13f, -0x1.1f4c60p-14f,
     -0x1.6fb332p-16f, -0x1.14bb84p-17f, -0x1.c43474p-19f, -0x1.326d28p-20f, -0x1.61e12ap-22f,
     -0x1.f82e50p-24f, -0x1.c6a8bep-25f, -0x1.39adbap-6f, -0x1.764234p-7f, -0x1.b73170p-8f,
     -0x1.0aa8d8p-8f},
    {0x1.3f696ep-11f, 0x1.e50b16p-13f, 0x1.8f3f78p-14f, 0x1.17a786p-15f, 0x1.d66058p-17f,
     0x1.061732p-18f, 0x1.4fb5e2p-20f, 0x1.dab7a6p-22f, 0x1.1a0f54p-23f, 0x1.0f6328p-25f,
     0x1.3f4f5ap-27f, 0x1.97a2c0p-29f, 0x1.fb8bbap-8f, 0x1.1f85cep-8f, 0x1.b27214p-10f,
     0x1.38ad78p-10f},
};

/// exp(a^2) erfc(a), a in [0, 10.3], columns as above. Relative error below 2^-26.9.
alignas(64) inline constexpr float kErfcTail[8][16] = {
    {0x1.3e2000p+0f, 0x1.c02000p+0f, 0x1.211000p+1f, 0x1.5e0000p+1f, 0x1.c4f000p+1f, 0x1.1ff400p+2f,
     0x1.60b000p+2f, 0x1.9ed800p+2f, 0x1.000000p+3f, 0x1.349000p+3f, 0x1.349000p+3f, 0x1.349000p+3f,
     0x1.020000p-3f, 0x1.77c000p-2f, 0x1.3de000p-1f, 0x1.c62000p-1f},
    {0x1.7a3904p-2f, 0x1.23bf00p-2f, 0x1.d7c456p-3f, 0x1.8ea74cp-3f, 0x1.3acf1cp-3f, 0x1.f5c69cp-4f,
     0x1.9cc27ep-4f, 0x1.606ae8p-4f, 0x1.1ea8c4p-4f, 0x1.dcc764p-5f, 0x1.dcc764p-5f, 0x1.dcc764p-5f,
     0x1.bea28ap-1f, 0x1.61b4f2p-1f, 0x1.1e0290p-1f, 0x1.d79d0cp-2f},
    {-0x1.aee344p-3f, -0x1.0c20cap-3f, -0x1.684646p-4f, -0x1.059182p-4f, -0x1.4be1acp-5f,
     -0x1.aa5ffep-6f, -0x1.2276e2p-6f, -0x1.a92b2ap-7f, -0x1.1a5888p-7f, -0x1.876ac6p-8f,
     -0x1.876ac6p-8f, -0x1.876ac6p-8f, -0x1.d132f6p-1f, -0x1.3e2640p-1f, -0x1.bd2ef6p-2f,
     -0x1.3eda5ep-2f},
    {0x1.b9fbaep-4f, 0x1.c88c80p-5f, 0x1.03d9f2p-5f, 0x1.4852f4p-6f, 0x1.5365a8p-7f, 0x1.62e9f4p-8f,
     0x1.92eabep-9f, 0x1.fb68b6p-10f, 0x1.141094p-10f, 0x1.3fb07ep-11f, 0x1.3fb07ep-11f,
     0x1.3fb07ep-11f, 0x1.8407e4p-1f, 0x1.d9eda4p-2f, 0x1.27a0bap-2f, 0x1.799af8p-3f},
    {-0x1.a0ace0p-5f, -0x1.6c6b2ep-6f, -0x1.649818p-7f, -0x1.8c0338p-8f, -0x1.516a62p-9f,
     -0x1.21b426p-10f, -0x1.1393c4p-11f, -0x1.2b9b9ep-12f, -0x1.0bf17cp-13f, -0x1.03c8d6p-14f,
     -0x1.03c8d6p-14f, -0x1.03c8d6p-14f, -0x1.158aaep-1f, -0x1.34403ap-2f, -0x1.5cdce2p-3f,
     -0x1.93b220p-4f},
    {0x1.6e32a4p-6f, 0x1.131c62p-7f, 0x1.d42708p-9f, 0x1.ccafcap-10f, 0x1.468728p-11f,
     0x1.d04810p-13f, 0x1.73e924p-14f, 0x1.5e557ep-15f, 0x1.02499ap-16f, 0x1.a3e65cp-18f,
     0x1.a3e65cp-18f, 0x1.a3e65cp-18f, 0x1.610b2cp-2f, 0x1.68b604p-3f, 0x1.76cce2p-4f,
     0x1.8d2f9ap-5f},
    {-0x1.337e26p-7f, -0x1.9096c8p-9f, -0x1.2a0a38p-10f, -0x1.06eabap-11f, -0x1.3b969ap-13f,
     -0x1.73adb2p-15f, -0x1.f4b562p-17f, -0x1.98b57ap-18f, -0x1.faf796p-20f, -0x1.53a180p-21f,
     -0x1.53a180p-21f, -0x1.53a180p-21f, -0x1.9ad694p-3f, -0x1.87674ap-4f, -0x1.742442p-5f,
     -0x1.70cc5ep-6f},
    {0x1.d7b392p-9f, 0x1.1592a2p-10f, 0x1.6d8d76p-12f, 0x1.2708a6p-13f, 0x1.352eeep-15f,
     0x1.21724ep-17f, 0x1.4dd87ap-19f, 0x1.c32f44p-21f, 0x1.e1baf4p-23f, 0x1.20a7fcp-24f,
     0x1.20a7fcp-24f, 0x1.20a7fcp-24f, 0x1.b9caa2p-4f, 0x1.9757f8p-5f, 0x1.433726p-6f,
     0x1.2b0014p-7f},
};

/// tanh(a) / min(a, 1), a in [0, 9.2], columns as above. Relative error below 2^-27.5, and that of
/// rounding from 9 on.
alignas(64) inline constexpr float kTanhRatio[8][16] = {
    {0x1.3c1800p+0f, 0x1.c4ac00p+0f, 0x1.1f5200p+1f, 0x1.5e2a00p+1f, 0x1.beb400p+1f, 0x1.1ece00p+2f,
     0x1.61e800p+2f, 0x1.9eb200p+2f, 0x1.fe2800p+2f, 0x1.223200p+3f, 0x1.223200p+3f, 0x1.223200p+3f,
     0x1.070000p-3f, 0x1.788000p-2f, 0x1.3e8000p-1f, 0x1.c16000p-1f},
    {0x1.b01a18p-1f, 0x1.e30796p-1f, 0x1.f4a16ep-1f, 0x1.fbb61ep-1f, 0x1.ff0c4ap-1f, 0x1.ffde6cp-1f,
     0x1.fffbe0p-1f, 0x1.ffff62p-1f, 0x1.fffff8p-1f, 0x1.000000p+0f, 0x1.000000p+0f, 0x1.000000p+0f,
     0x1.fd3436p-1f, 0x1.ea1c78p-1f, 0x1.c6cba2p-1f, 0x1.9b69f8p-1f},
    {0x1.26a7e6p-2f, 0x1.c26976p-4f, 0x1.67c822p-5f, 0x1.11523cp-6f, 0x1.e6fa64p-9f,
     0x1.0c989cp-11f, 0x1.07ff82p-14f, 0x1.3c0154p-17f, 0x1.006262p-21f, 0.0f, 0.0f, 0.0f,
     -0x1.5a1614p-4f, -0x1.c3dc66p-3f, -0x1.3eb1a8p-2f, -0x1.5f1930p-2f},
    {-0x1.f159b4p-3f, -0x1.a8ecdcp-4f, -0x1.5fcae4p-5f, -0x1.0f0818p-6f, -0x1.e60fd0p-9f,
     -0x1.0c847cp-11f, -0x1.07fe8ap-14f, -0x1.3bfec0p-17f, -0x1.000df2p-21f, 0.0f, 0.0f, 0.0f,
     -0x1.480bf4p-2f, -0x1.e8a182p-3f, -0x1.de3632p-4f, -0x1.b11d6cp-7f},
    {0x1.bea79ap-4f, 0x1.f58886p-5f, 0x1.c01d3ep-6f, 0x1.634c8cp-7f, 0x1.428942p-9f,
     0x1.657bd0p-12f, 0x1.5faceap-15f, 0x1.a4eb8ep-18f, 0x1.4f387cp-22f, 0.0f, 0.0f, 0.0f,
     0x1.0f5552p-4f, 0x1.32c634p-3f, 0x1.40522ep-3f, 0x1.be7e14p-4f},
    {-0x1.697fc8p-7f, -0x1.7c03e8p-6f, -0x1.9742c6p-7f, -0x1.5756bcp-8f, -0x1.406dbap-10f,
     -0x1.65aa64p-13f, -0x1.5f00f6p-16f, -0x1.a58786p-19f, -0x1.536b16p-23f, 0.0f, 0.0f, 0.0f,
     0x1.ed4472p-4f, 0x1.8758aep-5f, -0x1.d17b24p-6f, -0x1.c9889cp-5f},
    {-0x1.5918e8p-6f, 0x1.e7575cp-9f, 0x1.060e6cp-8f, 0x1.01158ep-9f, 0x1.062024p-11f,
     0x1.291a4ap-14f, 0x1.241d64p-17f, 0x1.5eb986p-20f, 0x1.415040p-24f, 0.0f, 0.0f, 0.0f,
     -0x1.3c62d8p-5f, -0x1.1fe35cp-4f, -0x1.5799fap-5f, -0x1.b62404p-9f},
    {0x1.eebd5ap-7f, 0x1.1198a6p-9f, -0x1.7a5474p-11f, -0x1.1e1804p-11f, -0x1.4afb90p-13f,
     -0x1.7c25bcp-16f, -0x1.99c702p-19f, -0x1.c2369ap-22f, -0x1.923924p-26f, 0.0f, 0.0f, 0.0f,
     -0x1.744ed0p-5f, 0x1.ba7b76p-9f, 0x1.a533b8p-6f, 0x1.42f9b8p-6f},
};

/// erf(a) / a, a in [0, 4.06]; its column is 3.8125 a rounded. Relative error below 2^-28.
alignas(64) inline constexpr float kErfRatio[7][16] = {
    {0x1.180000p-4f, 0x1.224000p-2f, 0x1.072000p-1f, 0x1.964000p-1f, 0x1.0e5000p+0f, 0x1.502000p+0f,
     0x1.953000p+0f, 0x1.d5d000p+0f, 0x1.0cf000p+1f, 0x1.2e5800p+1f, 0x1.4b9000p+1f, 0x1.70e800p+1f,
     0x1.936800p+1f, 0x1.b5d000p+1f, 0x1.d4f800p+1f, 0x1.f41800p+1f},
    {0x1.206a6ep+0f, 0x1.194fdep+0f, 0x1.095430p+0f, 0x1.dc55fcp-1f, 0x1.a34100p-1f, 0x1.6d40e0p-1f,
     0x1.3b557ap-1f, 0x1.145a0ep-1f, 0x1.e5ecc0p-2f, 0x1.b1283ep-2f, 0x1.8b37bap-2f, 0x1.63485cp-2f,
     0x1.44e914p-2f, 0x1.2b6100p-2f, 0x1.177d62p-2f, 0x1.061848p-2f},
    {-0x1.a41516p-5f, -0x1.a03944p-3f, -0x1.52ac76p-2f, -0x1.a8c004p-2f, -0x1.b34222p-2f,
     -0x1.8f681ap-2f, -0x1.52d7c6p-2f, -0x1.1778acp-2f, -0x1.c13d6cp-3f, -0x1.6b119cp-3f,
     -0x1.300f96p-3f, -0x1.ecb22cp-4f, -0x1.9c4d74p-4f, -0x1.5e18fap-4f, -0x1.312214p-4f,
     -0x1.0c55a4p-4f},
    {-0x1.7dec28p-2f, -0x1.4c0a4ep-2f, -0x1.c88510p-3f, -0x1.415914p-4f, 0x1.0a5ca8p-5f,
     0x1.886ba4p-4f, 0x1.dee4cap-4f, 0x1.c1decep-4f, 0x1.73b454p-4f, 0x1.21f858p-4f, 0x1.ca43ccp-5f,
     0x1.539eccp-5f, 0x1.053260p-5f, 0x1.99449ep-6f, 0x1.4d1a60p-6f, 0x1.12b7dep-6f},
    {0x1.f6aa60p-6f, 0x1.dbe208p-4f, 0x1.594b0ap-3f, 0x1.508e76p-3f, 0x1.ce5e82p-4f, 0x1.aadac0p-5f,
     0x1.03624cp-8f, -0x1.3cc450p-6f, -0x1.adcc36p-6f, -0x1.86fe4cp-6f, -0x1.3dc83ap-6f,
     -0x1.c6e344p-7f, -0x1.47ed66p-7f, -0x1.dd456ep-8f, -0x1.6b5b94p-8f, -0x1.19375ep-8f},
    {0x1.c5d8b0p-4f, 0x1.51aaf4p-4f, 0x1.d98a56p-6f, -0x1.089348p-5f, -0x1.e38a2ep-5f,
     -0x1.bea938p-5f, -0x1.117bf2p-5f, -0x1.c3106cp-7f, -0x1.c7d60cp-11f, 0x1.1755e0p-8f,
     0x1.4dc830p-8f, 0x1.12382ep-8f, 0x1.8c2e8cp-9f, 0x1.134c52p-9f, 0x1.8c5f80p-10f,
     0x1.207130p-10f},
    {-0x1.53ba30p-7f, -0x1.2e94e6p-5f, -0x1.9656e2p-5f, -0x1.184d14p-5f, -0x1.f3438cp-8f,
     0x1.84a3e8p-7f, 0x1.199d1ap-6f, 0x1.a7eb86p-7f, 0x1.a9bac2p-8f, 0x1.e372dap-10f,
     -0x1.3b79d8p-12f, -0x1.bc6712p-11f, -0x1.a1ca10p-11f, -0x1.322080p-11f, -0x1.d06cbep-12f,
     -0x1.27c56ap-12f},
};

}  // namespace wick::kernels
